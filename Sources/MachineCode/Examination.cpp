// Examines the functions of an artifact one after the other.

#include "Analysis.h"

#include <cstdio>
#include <elf.h>

namespace machine {

namespace {

struct Access {
    Finding finding;
    uint32_t address;
    std::string text;
};

struct Outcome {
    std::vector<Access> accesses;
    /// Functions that it calls, and how.
    std::vector<std::tuple<uint32_t, Convention, size_t>> calls;
    unsigned notUnderstood = 0;
};

class Examination {
    const Image image;
    const std::unique_ptr<Decoder> decoder;
    std::map<std::pair<uint32_t, Convention>, Outcome> outcomes;
    std::map<uint32_t, bool> returning;
    /// Functions that end in a trap are not longer.
    static constexpr uint32_t shortFunction = 64;

public:
    explicit Examination(const uint8_t *artifact) : image(artifact), decoder(image.makeDecoder()) {}

    void run(void (*report)(void *, const wasmc_access *), void *context) {
        for (const auto &[start, function] : image.functions) {
            Convention convention = best(function);
            emit(function, convention, report, context);
        }
        for (const auto &[start, function] : image.functions) checkCalls(function, report, context);
    }

private:
    bool returns(uint32_t target) {
        auto function = image.functions.find(target);
        if (function == image.functions.end() || function->second.end - target > shortFunction) return true;
        auto [known, isNew] = returning.insert({target, true});
        if (isNew) {
            auto ignore = [](uint32_t, Convention) {};
            Analysis analysis(
                image, function->second, function->second.convention, *decoder,
                [&](uint32_t next) { return returns(next); }, ignore);
            analysis.run();
            returning[target] = analysis.mayReturn();
        }
        return returning[target];
    }

    const Outcome &outcome(const CodeFunction &function, Convention convention) {
        auto [place, isNew] = outcomes.insert({{function.start, convention}, {}});
        Outcome &result = place->second;
        if (!isNew) return result;
        Analysis analysis(
            image, function, convention, *decoder, [&](uint32_t target) { return returns(target); },
            [&](uint32_t target, Convention how) { result.calls.push_back({target, how, result.accesses.size()}); });
        analysis.run();
        analysis.report([&](const Instruction &code, Finding finding) {
            result.accesses.push_back({finding, code.address, code.text});
            if (finding.form == WASMC_NOT_UNDERSTOOD) ++result.notUnderstood;
        });
        return result;
    }

    static Convention other(Convention convention) {
        switch (convention) {
        case Convention::guest: return Convention::guestWithResults;
        case Convention::host: return Convention::hostWithResults;
        case Convention::tail: return Convention::tailWithResults;
        default: return convention;
        }
    }

    /// Whether a function has an area for results as its second argument, its type would tell, but most types are not
    /// in the file.
    Convention best(const CodeFunction &function) {
        Convention second = other(function.convention);
        unsigned first = outcome(function, function.convention).notUnderstood;
        if (first == 0 || second == function.convention) return function.convention;
        return outcome(function, second).notUnderstood < first ? second : function.convention;
    }

    void emit(
        const CodeFunction &function, Convention convention, void (*report)(void *, const wasmc_access *),
        void *context) {
        for (const Access &access : outcome(function, convention).accesses) emit(function, access, report, context);
    }

    static void emit(
        const CodeFunction &function, const Access &access, void (*report)(void *, const wasmc_access *),
        void *context) {
        wasmc_access result = {access.finding.form, function.name.c_str(), access.address - function.start,
                               access.address,      access.text.c_str(),   access.finding.reason};
        report(context, &result);
    }

    /// Where a function calls others in another way than they were examined: by the places of their accesses.
    std::vector<size_t> wrongCalls(const CodeFunction &function, Convention convention) {
        std::vector<size_t> wrong;
        auto calls = outcome(function, convention).calls;
        for (auto [target, how, index] : calls) {
            const CodeFunction &callee = image.functions.at(target);
            Convention chosen = best(callee);
            if (how == chosen || outcome(callee, how).notUnderstood <= outcome(callee, chosen).notUnderstood) continue;
            wrong.push_back(index);
        }
        return wrong;
    }

    void checkCalls(const CodeFunction &function, void (*report)(void *, const wasmc_access *), void *context) {
        std::vector<size_t> wrong = wrongCalls(function, best(function));
        // One that only hands its area for results on does not show that it has one.
        Convention second = other(function.convention);
        bool mayHandOn = !wrong.empty() && second != best(function) && outcome(function, second).notUnderstood == 0;
        if (mayHandOn && wrongCalls(function, second).empty()) return;
        for (size_t index : wrong) {
            const Outcome &own = outcome(function, best(function));
            Access access = own.accesses[std::min(index, own.accesses.size() - 1)];
            access.finding = {WASMC_NOT_UNDERSTOOD, "it calls a function with other arguments than that one expects"};
            emit(function, access, report, context);
        }
    }
};

}

}

bool wasmc_examine_machine_code(
    const uint8_t *artifact, size_t byte_count, void (*report)(void *context, const wasmc_access *access),
    void *context, char *message, size_t message_size) {
    if (!wasmc_artifact_check(artifact, byte_count, message, message_size)) return false;
    machine::Examination(artifact).run(report, context);
    return true;
}
