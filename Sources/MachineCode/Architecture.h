// What the analysis knows of a processor beside its instructions: which registers the calling conventions give what.

#ifndef WASMC_ARCHITECTURE_H
#define WASMC_ARCHITECTURE_H

#include "Instruction.h"

namespace machine {

struct Architecture {
    Register stackPointer;
    /// Where a call leaves the address to return to; none where it pushes it.
    Register link;
    /// How far above the stack pointer a function finds its arguments on the stack.
    int64_t firstArgument;
    /// Below the stack pointer, where functions that call none may keep something.
    int64_t redZone;
    /// Logical operations leave the flags that a comparison with zero does.
    bool comparesResults;
    /// Of functions: the instance or what stands in its place, an area for results or the first argument, the other
    /// arguments.
    std::vector<Register> arguments;
    /// The same of functions that make tail calls.
    std::vector<Register> tailArguments;
    std::vector<Register> results;
    /// What a function leaves as it was, and what of it one does that makes tail calls.
    std::vector<Register> preserved, preservedForTailCalls;
    /// What a function may change.
    std::vector<Register> changed;
    /// What the function that polls call leaves as it was beside `preserved` and its argument, and what not.
    std::vector<Register> preservedForPolls, changedForPolls;

    Register context(bool isTail) const { return (isTail ? tailArguments : arguments)[0]; }
    Register resultArea(bool isTail) const { return (isTail ? tailArguments : arguments)[1]; }
};

extern const Architecture x86Architecture, aarch64Architecture;

}

#endif
