import Foundation

/// How a command ended.
struct Execution {
    /// The exit status, or the signal's number.
    let terminationStatus: Int32
    let terminationReason: Process.TerminationReason
}

/// Runs a command found in PATH and waits for it; both its outputs go to `output`, or nowhere.
///
/// Not by Foundation's `Process`: that learns of an end when a socket closes, and one thread waits for all, so that a
/// longer-lived child that closes what it inherits, as our oracle does, lets no other child end.
func execute(_ arguments: [String], output: FileHandle?) throws -> Execution {
    var actions = posix_spawn_file_actions_t()
    posix_spawn_file_actions_init(&actions)
    defer { posix_spawn_file_actions_destroy(&actions) }
    if let output {
        for descriptor in [STDOUT_FILENO, STDERR_FILENO] {
            posix_spawn_file_actions_adddup2(&actions, output.fileDescriptor, descriptor)
        }
    } else {
        posix_spawn_file_actions_addopen(&actions, STDOUT_FILENO, "/dev/null", O_WRONLY, 0)
        posix_spawn_file_actions_adddup2(&actions, STDOUT_FILENO, STDERR_FILENO)
    }
    var pointers = arguments.map { strdup($0) } + [nil]
    defer { for pointer in pointers { free(pointer) } }
    var child = pid_t()
    let failure = posix_spawnp(&child, arguments[0], &actions, nil, &pointers, environ)
    guard failure == 0 else { throw POSIXError(POSIXErrorCode(rawValue: failure) ?? .ENOENT) }
    var status: Int32 = 0
    while waitpid(child, &status, 0) < 0 {
        guard errno == EINTR else { throw POSIXError(POSIXErrorCode(rawValue: errno) ?? .ECHILD) }
    }
    let signal = status & 0x7F
    return Execution(
        terminationStatus: signal == 0 ? (status >> 8) & 0xFF : signal,
        terminationReason: signal == 0 ? .exit : .uncaughtSignal)
}
