// The handler of a compiling process's fatal signals. Only the process that compiles for another one has it: see
// wasmc_crash.h.
//
// A handler may call next to nothing, and the crash may have happened anywhere. So the first message is sent before
// anything of LLVM's is looked at, and needs no memory. LLVM's notes of what its passes do are objects on the thread's
// stack; they are printed without allocating. A second crash while they are printed, or a lock that the thread holds,
// ends the process, after a moment by the alarm: the host has the first message then.

#include "wasmc_crash.h"

#include "llvm/Support/ErrorHandling.h"
#include "llvm/Support/PrettyStackTrace.h"
#include "llvm/Support/raw_ostream.h"

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <signal.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

using namespace llvm;

namespace {

constexpr size_t signalStackSize = 256 << 10;
constexpr unsigned secondsToReport = 5;

int reportSocket = -1;
thread_local uint32_t notedFunction = WASMC_NO_FUNCTION;
thread_local bool isPrepared = false;

void sendMessage(const void *bytes, size_t count) { (void)send(reportSocket, bytes, count, MSG_NOSIGNAL | MSG_EOR); }

/// Text in a fixed place; what does not fit is lost.
class FixedStream : public raw_ostream {
    char text[2048];
    size_t count = 0;

    void write_impl(const char *bytes, size_t size) override {
        size_t taken = std::min(size, sizeof text - count);
        memcpy(text + count, bytes, taken);
        count += taken;
    }
    uint64_t current_pos() const override { return count; }

public:
    FixedStream() : raw_ostream(true) {}
    ~FixedStream() override = default;
    void tellAll() const {
        if (count) sendMessage(text, count);
    }
};

/// LLVM's notes are linked from the innermost outwards.
void tellPasses() {
    FixedStream stream;
    auto *note = static_cast<const PrettyStackTraceEntry *>(SavePrettyStackState());
    for (; note; note = note->getNextEntry()) note->print(stream);
    stream.tellAll();
}

void reportCrash(int signal) {
    // Its action is the default again.
    alarm(secondsToReport);
    uint8_t message[9] = {uint8_t(WASMC_CRASH_MESSAGE)};
    uint32_t number = uint32_t(signal);
    memcpy(message + 1, &number, sizeof number);
    memcpy(message + 5, &notedFunction, sizeof notedFunction);
    sendMessage(message, sizeof message);
    tellPasses();
    raise(signal);
}

void reportFatalError(void *, const char *reason, bool) {
    sendMessage(reason, strlen(reason));
    sendMessage("\n", 1);
    abort();
}

}

void wasmc_report_crashes(int socket) {
    reportSocket = socket;
    install_fatal_error_handler(reportFatalError);
    struct sigaction action = {};
    action.sa_handler = reportCrash;
    action.sa_flags = int(SA_ONSTACK | SA_RESETHAND);
    for (int signal : {SIGSEGV, SIGBUS, SIGILL, SIGFPE, SIGTRAP, SIGABRT, SIGSYS}) sigaction(signal, &action, nullptr);
}

void wasmc_prepare_thread_for_crashes(void) {
    if (reportSocket < 0 || isPrepared) return;
    isPrepared = true;
    void *place = mmap(nullptr, signalStackSize, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (place == MAP_FAILED) return;
    // Kept until the process ends, which is soon.
    stack_t stack = {};
    stack.ss_sp = place;
    stack.ss_size = signalStackSize;
    sigaltstack(&stack, nullptr);
}

void wasmc_note_function(uint32_t index) { notedFunction = index; }
