// C++ names, with LLVM's demangler and within limits: references to earlier parts let few bytes stand for any amount of
// text.

#include "wasmc_passes.h"

#include <cstdlib>
#include <cstring>
#include <llvm/Demangle/ItaniumDemangle.h>
#include <llvm/Support/Allocator.h>

using namespace llvm::itanium_demangle;

namespace {

// Stops writing parts once there are too many of them, too deep or too long.
class LimitedBuffer : public OutputBuffer {
public:
    bool isFull = false;

    ~LimitedBuffer() override { std::free(getBuffer()); }

    void printLeft(const Node &node) override {
        if (enter()) OutputBuffer::printLeft(node);
        depth--;
    }

    void printRight(const Node &node) override {
        if (enter()) OutputBuffer::printRight(node);
        depth--;
    }

private:
    unsigned steps = 0, depth = 0;

    bool enter() {
        depth++;
        isFull = isFull || depth > 256 || ++steps > 20000 || getCurrentPosition() > 8192;
        return !isFull;
    }
};

struct Nodes {
    llvm::BumpPtrAllocator memory;

    void reset() { memory.Reset(); }

    template <typename T, typename... Arguments> T *makeNode(Arguments &&...arguments) {
        return new (memory.Allocate<T>()) T(std::forward<Arguments>(arguments)...);
    }

    void *allocateNodeArray(size_t count) { return memory.Allocate<Node *>(count); }
};

}

char *wasmc_demangle_itanium(const char *symbol, size_t byte_count) {
    // The parser's depth follows the length.
    if (byte_count > 2048) return nullptr;
    ManglingParser<Nodes> parser(symbol, symbol + byte_count);
    Node *name = parser.parse();
    if (!name) return nullptr;
    LimitedBuffer text;
    name->print(text);
    return text.isFull ? nullptr : strndup(text.getBuffer(), text.getCurrentPosition());
}
