// The calling conventions of x86-64 (System V) and AArch64 (AAPCS64), and LLVM's `preserve_none` and `preserve_all`.

#include "Architecture.h"

namespace machine {

namespace {

std::vector<Register> numbered(std::initializer_list<std::pair<int, int>> ranges) {
    std::vector<Register> result;
    for (auto [first, last] : ranges)
        for (int number = first; number <= last; ++number) result.push_back(Register(number));
    return result;
}

}

const Architecture x86Architecture = {
    rsp,
    none,
    8,
    128,
    true,
    {rdi, rsi, rdx, rcx, r8, r9},
    {r12, r13, r14, r15, rdi, rsi, rdx, rcx, r8, r9, r11, rax},
    {rax, rdx},
    {rbx, rbp, r12, r13, r14, r15},
    {rbp},
    {rax, rcx, rdx, rsi, rdi, r8, r9, r10, r11},
    {rcx, rdx, rsi, r8, r9, r10},
    {rax, r11},
};

// A function returns to where its link register said, so that counts as preserved.
const Architecture aarch64Architecture = {
    Register(31),
    Register(30),
    0,
    0,
    false,
    numbered({{0, 7}}),
    numbered({{20, 28}, {0, 7}, {10, 14}, {9, 9}}),
    numbered({{0, 1}}),
    numbered({{19, 30}}),
    numbered({{29, 30}}),
    numbered({{0, 18}, {30, 30}}),
    numbered({{9, 15}}),
    numbered({{0, 8}, {16, 18}, {30, 30}}),
};

}
