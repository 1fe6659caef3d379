// A walk over the dominator tree, for what is known in a block because of the blocks before it.
//
// Invariant: each block is entered after its dominator, and left after all that it dominates. What a block adds to what
// is known is undone on leaving it. No recursion: a guest decides how deep the tree is.

#ifndef WASMC_DOMINATOR_WALK_H
#define WASMC_DOMINATOR_WALK_H

#include "llvm/ADT/STLFunctionalExtras.h"
#include "llvm/ADT/SmallVector.h"
#include "llvm/IR/Dominators.h"

namespace wasmc {

/// - Parameter enter: looks at a block, and notes in the `Undo` what it has added.
/// - Parameter leave: takes that back.
template <typename Undo>
void walkDominatorTree(
    llvm::DominatorTree &dominators, llvm::function_ref<void(llvm::BasicBlock &, Undo &)> enter,
    llvm::function_ref<void(Undo &)> leave) {
    struct Frame {
        llvm::DomTreeNode *node;
        llvm::DomTreeNode::const_iterator next;
        Undo undo;
    };
    llvm::SmallVector<Frame, 32> frames;
    auto push = [&](llvm::DomTreeNode *node) {
        frames.push_back({node, node->begin(), {}});
        enter(*node->getBlock(), frames.back().undo);
    };
    push(dominators.getRootNode());
    while (!frames.empty()) {
        Frame &frame = frames.back();
        if (frame.next != frame.node->end()) {
            push(*frame.next++);
            continue;
        }
        leave(frame.undo);
        frames.pop_back();
    }
}

}

#endif
