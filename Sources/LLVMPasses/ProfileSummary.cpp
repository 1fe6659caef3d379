// What is hot in a module and what is cold, for LLVM's ProfileSummaryInfo. Its C interface has no way to say it.

#include "wasmc_llvm.h"
#include "wasmc_passes.h"

#include "llvm/IR/Module.h"
#include "llvm/IR/ProfileSummary.h"

using namespace llvm;

void wasmc_set_profile_summary(LLVMModuleRef ref, const wasmc_profile_summary *summary) {
    SummaryEntryVector shares;
    for (const wasmc_profile_share &share : ArrayRef(summary->shares, summary->share_count))
        shares.emplace_back(share.millionths, share.least_count, share.number_of_counts);
    Module &module = *unwrap(ref);
    ProfileSummary profile(
        ProfileSummary::PSK_Instr, shares, summary->sum, summary->largest, summary->largest, summary->largest,
        uint32_t(std::min<uint64_t>(summary->number_of_counts, UINT32_MAX)), summary->function_count);
    module.setProfileSummary(profile.getMD(module.getContext()), ProfileSummary::PSK_Instr);
}
