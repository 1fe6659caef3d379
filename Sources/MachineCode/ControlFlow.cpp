// A function's blocks, and its loops.

#include "Analysis.h"

#include <algorithm>

namespace machine {

void Analysis::findBlocks() {
    std::vector<Instruction> code;
    std::set<uint32_t> leaders = {function.start};
    for (uint32_t address = function.start; address < function.end;) {
        std::vector<Instruction> parts;
        if (!decoder.decode(image.at(address), function.end - address, address, parts)) {
            obstacle = "it holds bytes that are no instruction";
            return;
        }
        Instruction &next = parts.back();
        if (next.isUnknownJump) {
            obstacle = "it holds a jump whose target is not known";
            return;
        }
        bool isDirect = next.first.kind == Operand::immediate;
        bool endsBlock = next.operation == Operation::jump || next.operation == Operation::jumpIf
            || next.operation == Operation::ret;
        if (endsBlock && isDirect && isInside(next.target())) leaders.insert(next.target());
        if (uint32_t pad = landingPad(next)) {
            leaders.insert(pad);
            endsBlock = true;
        }
        if (endsBlock) leaders.insert(next.end());
        address = next.end();
        std::move(parts.begin(), parts.end(), std::back_inserter(code));
    }
    for (auto &[from, list] : indirectTargets) leaders.insert(list.begin(), list.end());
    blocks.clear();
    Block *block = nullptr;
    for (Instruction &instruction : code) {
        if (instruction.isFirst && leaders.count(instruction.address)) {
            block = &blocks[instruction.address];
            block->start = instruction.address;
        }
        block->code.push_back(std::move(instruction));
    }
    for (auto &[start, block] : blocks) {
        const Instruction &last = block.code.back();
        bool isJump = last.operation == Operation::jump || last.operation == Operation::jumpIf;
        std::set<uint32_t> successors;
        if (isJump && last.first.kind == Operand::immediate) successors.insert(last.target());
        bool isEnd =
            last.operation == Operation::call && last.first.kind == Operand::immediate && !returns(last.target());
        if (last.operation != Operation::jump && last.operation != Operation::ret && !isEnd)
            successors.insert(last.end());
        if (uint32_t pad = landingPad(last)) successors.insert(pad);
        auto indirect = indirectTargets.find(last.address);
        if (indirect != indirectTargets.end()) successors.insert(indirect->second.begin(), indirect->second.end());
        for (uint32_t target : successors) {
            if (!isInside(target)) continue;
            if (!blocks.count(target)) {
                obstacle = "it jumps into the middle of an instruction";
                return;
            }
            block.successors.push_back(target);
            blocks[target].predecessors.push_back(start);
        }
    }
}

/// Where exceptions of the instruction go, in the same function; 0 for other instructions.
uint32_t Analysis::landingPad(const Instruction &code) const {
    return code.operation == Operation::call ? image.landingPad(code.address) : 0;
}

/// Reverse postorder.
void Analysis::orderBlocks() {
    order.clear();
    std::set<uint32_t> seen = {function.start};
    std::vector<std::pair<uint32_t, size_t>> path = {{function.start, 0}};
    while (!path.empty()) {
        auto &[start, next] = path.back();
        const Block &block = blocks[start];
        if (next < block.successors.size()) {
            uint32_t successor = block.successors[next++];
            if (seen.insert(successor).second) path.push_back({successor, 0});
        } else {
            order.push_back(start);
            path.pop_back();
        }
    }
    std::reverse(order.begin(), order.end());
    for (unsigned index = 0; index < order.size(); ++index) blocks[order[index]].order = index;
}

/// A loop has every block from which a way back to its head leads that does not pass the head. Where a loop has two
/// entries, that makes it larger than it is: more values count as changed by it.
void Analysis::findLoops() {
    for (uint32_t start : order) {
        Block &head = blocks[start];
        std::vector<uint32_t> work;
        for (uint32_t from : head.predecessors)
            if (blocks[from].order != UINT32_MAX && blocks[from].order >= head.order) work.push_back(from);
        if (work.empty()) continue;
        head.loop.insert(start);
        while (!work.empty()) {
            uint32_t next = work.back();
            work.pop_back();
            if (blocks[next].order == UINT32_MAX || !head.loop.insert(next).second) continue;
            work.insert(work.end(), blocks[next].predecessors.begin(), blocks[next].predecessors.end());
        }
    }
}

}
