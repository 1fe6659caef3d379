// One of the ways on which control gets to a block.

#ifndef WASMC_WAY_H
#define WASMC_WAY_H

#include "Analysis.h"

namespace machine {

struct Analysis::Way {
    const State *state;
    /// From inside of the loop to its head.
    bool isBack;
    /// What the symbols of merged values stand for when control comes on this way.
    std::map<SymbolID, Expression> incoming;
};

}

#endif
