// Random graphs of objects beside a model of them: what the model reaches is unharmed after every collection, and a
// full one frees everything else, to the byte.

#include "trial.h"

#include <stdlib.h>
#include <string.h>

enum { MOST_NODES = 3000, TYPES = 8, MOST_LINKS = 24, ROOTS = 40 };

typedef struct node {
    uint8_t *object;
    uint32_t type, length, link_count, seal;
    uint32_t links[MOST_LINKS];       // what the object's references hold: a node's number plus 1, or
    uint32_t immediates[MOST_LINKS];  // 0 and a reference to no object
    bool is_reached;
} node;

typedef struct graph {
    trial trial;
    uint64_t random;
    uint32_t types[TYPES];
    node *nodes;
    uint32_t node_count;
    uint32_t roots[ROOTS];  // a node's number plus 1, or 0
    uint32_t give_up_count;
    uint64_t stack[2 * ROOTS];
} graph;

static uint32_t below(graph *self, uint32_t count) { return (uint32_t)(trial_random(&self->random) >> 33) % count; }

static void add_types(graph *self) {
    trial *t = &self->trial;
    self->types[0] = trial_struct(t, 16, 2, (uint16_t[]){2, 3});
    self->types[1] = trial_struct(t, 48, 3, (uint16_t[]){2, 5, 11});
    self->types[2] = trial_struct(t, 16, 0, NULL);
    self->types[3] = trial_struct(t, 400, 4, (uint16_t[]){2, 50, 98, 99});
    self->types[4] = trial_array(t, 2, true);
    self->types[5] = trial_array(t, 0, false);
    self->types[6] = trial_struct(t, 12000, 2, (uint16_t[]){2, 2999});
    self->types[7] = trial_array(t, 4, false);
}

// Which word of the object its reference with this number is. Arrays of references spread them.
static uint32_t link_word(const graph *self, const node *node, uint32_t link) {
    const wasmc_descriptor *type = trial_type(&self->trial, self->types[node->type]);
    if (type->kind == WASMC_KIND_STRUCT) return type->references[link];
    return 2 + (node->length - 1) / (node->link_count > 1 ? node->link_count - 1 : 1) * link;
}

// A word that says whose object it is; an array of references has none.
static uint32_t *seal_of(const graph *self, const node *node) {
    const wasmc_descriptor *type = trial_type(&self->trial, self->types[node->type]);
    if (type->kind == WASMC_KIND_STRUCT) return (uint32_t *)node->object + 1;
    uint64_t bytes = (uint64_t)node->length << type->element_shift;
    if (type->reference_count || bytes < 4) return NULL;
    return (uint32_t *)(node->object + type->byte_count + (bytes - 4) / 4 * 4);
}

// Not even a stale pointer stays in the words that are scanned.
static void set_roots(graph *self) {
    trial *t = &self->trial;
    t->root_count = 0;
    memset(self->stack, 0, sizeof self->stack);
    for (uint32_t i = 0; i < ROOTS; i++) {
        if (!self->roots[i]) continue;
        const uint8_t *object = self->nodes[self->roots[i] - 1].object;
        uint32_t offset = trial_offset(t, object);
        switch (i % 5) {
        case 0: t->roots[t->root_count++] = offset; break;
        case 1: t->roots[t->root_count++] = (uint64_t)(uintptr_t)object; break;
        case 2: self->stack[2 * i] = (uint64_t)(uintptr_t)object + 15; break;
        case 3: self->stack[2 * i] = (uint64_t)offset << 32 | 0x11; break;
        case 4: self->stack[2 * i + 1] = offset + 7; break;
        }
    }
    t->low = self->stack;
    t->high = self->stack + 2 * ROOTS;
}

static uint64_t reach(graph *self, uint32_t *waiting) {
    uint32_t count = 0;
    uint64_t byte_count = 0;
    for (uint32_t i = 0; i < self->node_count; i++) self->nodes[i].is_reached = false;
    for (uint32_t i = 0; i < ROOTS; i++) {
        if (!self->roots[i] || self->nodes[self->roots[i] - 1].is_reached) continue;
        self->nodes[self->roots[i] - 1].is_reached = true;
        waiting[count++] = self->roots[i] - 1;
    }
    while (count) {
        const node *node = &self->nodes[waiting[--count]];
        const wasmc_descriptor *type = trial_type(&self->trial, self->types[node->type]);
        byte_count += type->kind == WASMC_KIND_STRUCT ? type->byte_count : array_byte_count(type, node->length);
        for (uint32_t i = 0; i < node->link_count; i++) {
            uint32_t next = node->links[i];
            if (!next || self->nodes[next - 1].is_reached) continue;
            self->nodes[next - 1].is_reached = true;
            waiting[count++] = next - 1;
        }
    }
    return byte_count;
}

static uint32_t expected_reference(const graph *self, const node *node, uint32_t link) {
    return node->links[link] ? trial_offset(&self->trial, self->nodes[node->links[link] - 1].object)
                             : node->immediates[link];
}

static const char *check_node(const graph *self, const node *node) {
    uint32_t header = *(const uint32_t *)node->object & WASMC_OBJECT_ID_MASK, number = (uint32_t)(node - self->nodes);
    if (header != self->types[node->type]) return trial_fault("node %u has the header %x", number, header);
    const wasmc_descriptor *type = trial_type(&self->trial, header);
    bool is_array = type->kind == WASMC_KIND_ARRAY;
    if (is_array && length_of(self->trial.heap, trial_offset(&self->trial, node->object)) != node->length)
        return trial_fault("array %u has another length", number);
    const uint32_t *seal = seal_of(self, node);
    if (seal && *seal != node->seal) return trial_fault("node %u (type %u) has been overwritten", number, node->type);
    for (uint32_t i = 0; i < node->link_count; i++)
        if (((const uint32_t *)node->object)[link_word(self, node, i)] != expected_reference(self, node, i))
            return trial_fault("reference %u of node %u has changed", i, number);
    return NULL;
}

// Forgets nodes that are not reached, so that nothing refers to what may be freed.
static const char *check(graph *self, bool is_full, uint32_t *waiting) {
    uint64_t byte_count = reach(self, waiting);
    uint64_t live = wasmc_heap_get_statistics(self->trial.heap).live_byte_count;
    if (is_full && live != byte_count)
        return trial_fault("%llu bytes are live, not %llu", (unsigned long long)live, (unsigned long long)byte_count);
    for (uint32_t i = 0; i < self->node_count; i++) {
        if (!self->nodes[i].is_reached) continue;
        const char *fault = check_node(self, &self->nodes[i]);
        if (fault) return fault;
    }
    uint32_t count = 0;
    for (uint32_t i = 0; i < self->node_count; i++) waiting[i] = self->nodes[i].is_reached ? count++ : UINT32_MAX;
    for (uint32_t i = 0; i < ROOTS; i++)
        if (self->roots[i]) self->roots[i] = waiting[self->roots[i] - 1] + 1;
    for (uint32_t i = 0; i < self->node_count; i++) {
        if (!self->nodes[i].is_reached) continue;
        node *node = &self->nodes[i];
        for (uint32_t k = 0; k < node->link_count; k++)
            if (node->links[k]) node->links[k] = waiting[node->links[k] - 1] + 1;
        self->nodes[waiting[i]] = *node;
    }
    self->node_count = count;
    return NULL;
}

static const char *check_zero(const graph *self, const node *node) {
    const wasmc_descriptor *type = trial_type(&self->trial, self->types[node->type]);
    bool is_array = type->kind == WASMC_KIND_ARRAY;
    uint64_t byte_count = is_array ? array_byte_count(type, node->length) : type->byte_count;
    for (uint64_t i = is_array ? 8 : 4; i < byte_count; i++)
        if (node->object[i]) return trial_fault("a new object of type %u is not zero", node->type);
    return NULL;
}

static uint8_t *make(graph *self, const node *node) {
    trial *t = &self->trial;
    const wasmc_descriptor *type = trial_type(t, self->types[node->type]);
    return type->kind == WASMC_KIND_STRUCT ? trial_make(t, type->id, type->byte_count)
                                           : wasmc_heap_allocate_array(t->heap, type->id, node->length);
}

// A collection has been given up: no object has changed, and the next one is a full one.
static const char *add_after_giving_up(graph *self, node *node) {
    trial *t = &self->trial;
    uint64_t interval = t->questions_to_stop, full = t->heap->statistics.full_collection_count;
    if (!interval) return trial_fault("no object could be made");
    self->give_up_count++;
    for (uint32_t i = 0; i < self->node_count; i++)
        if (self->nodes[i].is_reached && check_node(self, &self->nodes[i])) return check_node(self, &self->nodes[i]);
    t->questions_to_stop = 0;
    node->object = make(self, node);
    t->questions_to_stop = interval;
    if (!node->object) return trial_fault("no object could be made after a collection was given up");
    if (t->heap->statistics.full_collection_count == full)
        return trial_fault("the next collection was none, or not full");
    return NULL;
}

static const char *add_node(graph *self) {
    trial *t = &self->trial;
    node *node = &self->nodes[self->node_count];
    memset(node, 0, sizeof *node);
    node->type = below(self, 40) ? below(self, 6) : 6 + below(self, 2);
    const wasmc_descriptor *type = trial_type(t, self->types[node->type]);
    set_roots(self);
    if (type->kind == WASMC_KIND_STRUCT) {
        node->link_count = type->reference_count;
    } else {
        node->length = below(self, 30) ? below(self, 200) : below(self, 30000);
        if (type->reference_count) node->link_count = node->length < MOST_LINKS ? node->length : MOST_LINKS;
    }
    node->object = make(self, node);
    const char *fault = node->object ? NULL : add_after_giving_up(self, node);
    if (!fault) fault = check_zero(self, node);
    if (fault) return fault;
    node->seal = (uint32_t)trial_random(&self->random);
    uint32_t *seal = seal_of(self, node);
    if (seal) *seal = node->seal;
    // At once, or nothing would keep it.
    self->roots[below(self, ROOTS)] = ++self->node_count;
    return NULL;
}

// A node that roots reach: its number plus 1; 0 if there is none.
static uint32_t pick(graph *self) {
    uint32_t found = self->roots[below(self, ROOTS)];
    for (uint32_t walk = below(self, 6); found && walk; walk--) {
        const node *node = &self->nodes[found - 1];
        uint32_t next = node->link_count ? node->links[below(self, node->link_count)] : 0;
        if (next) found = next;
    }
    return found;
}

static void link(graph *self) {
    uint32_t number = pick(self), kind = below(self, 10);
    if (!number || !self->nodes[number - 1].link_count) return;
    node *from = &self->nodes[number - 1];
    uint32_t i = below(self, from->link_count), value = (uint32_t)trial_random(&self->random);
    from->links[i] = kind < 8 ? pick(self) : 0;
    from->immediates[i] = from->links[i] ? 0
        : kind == 8                      ? value | WASMC_REFERENCE_IS_I31
        : kind == 9                      ? value << 2 | WASMC_REFERENCE_IS_HOST
                                         : 0;
    trial_store(&self->trial, from->object, link_word(self, from, i), expected_reference(self, from, i));
}

static const char *step(graph *self, uint32_t *waiting) {
    const wasmc_heap_statistics *statistics = &self->trial.heap->statistics;
    uint64_t count = statistics->collection_count, kind = below(self, 1000);
    const char *fault = NULL;
    bool is_full = kind == 0 || self->node_count == MOST_NODES;
    if (is_full) {
        if (kind) memset(self->roots + 2, 0, sizeof self->roots - 2 * sizeof *self->roots);
        set_roots(self);
        wasmc_heap_collect(self->trial.heap);
    } else if (kind < 300) {
        fault = add_node(self);
    } else if (kind < 400) {
        self->roots[below(self, ROOTS)] = 0;
    } else {
        link(self);
    }
    if (fault || statistics->collection_count == count) return fault;
    return check(self, is_full, waiting);
}

const char *heap_trial_random_graphs(uint64_t seed, uint32_t steps, uint32_t stress, uint32_t questions) {
    graph *self = calloc(1, sizeof *self);
    uint32_t *waiting = calloc(MOST_NODES + 1, sizeof *waiting);
    self->nodes = calloc(MOST_NODES + 1, sizeof *self->nodes);
    trial_begin(&self->trial);
    self->random = seed * 2 + 1;
    self->trial.heap->stress = stress;
    self->trial.heap->nursery_byte_count = 100000;
    self->trial.heap->question_interval = questions ? 100 : QUESTION_INTERVAL;
    self->trial.questions_to_stop = questions;
    add_types(self);
    const char *fault = NULL;
    for (uint32_t i = 0; i < steps && !fault; i++) fault = step(self, waiting);
    if (!fault && wasmc_heap_get_statistics(self->trial.heap).used_byte_count != self->trial.taken)
        fault = trial_fault("what was taken and what is used differ");
    if (!fault && questions && !self->give_up_count) fault = trial_fault("no collection was given up");
    trial_end(&self->trial);
    free(self->nodes);
    free(waiting);
    free(self);
    return fault;
}
