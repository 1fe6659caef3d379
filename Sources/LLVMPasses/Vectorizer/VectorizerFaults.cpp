#include "VectorizerFaults.h"

#include "llvm/Analysis/LoopInfo.h"
#include "llvm/IR/Constants.h"
#include "llvm/IR/Metadata.h"

using namespace llvm;

namespace wasmc {

void leaveAlone(Loop &loop) {
    LLVMContext &context = loop.getHeader()->getContext();
    auto *one = ConstantAsMetadata::get(ConstantInt::get(Type::getInt32Ty(context), 1));
    MDNode *unrolled = MDNode::get(context, MDString::get(context, "llvm.loop.unroll.disable"));
    MDNode *vectorized = MDNode::get(context, {MDString::get(context, "llvm.loop.isvectorized"), one});
    Metadata *operands[] = {nullptr, unrolled, vectorized};
    MDNode *node = MDNode::getDistinct(context, operands);
    node->replaceOperandWith(0, node);
    loop.setLoopID(node);
}

bool leaveFaultsAlone(const LoopInfo &loops, ScalarEvolution &evolution) {
    bool found = false;
    for (Loop *loop : const_cast<LoopInfo &>(loops).getLoopsInPreorder()) {
        // An outer loop may yet lose the inner one.
        if (!endsOverlap(*loop, evolution) && !storesOverlap(*loop, evolution) && !masksDiffer(*loop, evolution))
            continue;
        leaveAlone(*loop);
        found = true;
    }
    return found;
}

}
