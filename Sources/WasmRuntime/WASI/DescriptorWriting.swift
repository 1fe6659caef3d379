internal import Glibc

/// Writes that end in an error, never in a signal: a pipe without a reader and a limit of file sizes raise one.
package enum DescriptorWriting {
    /// 0 when all is written, else the reason as a number of `errno`.
    package static func writeAll(_ bytes: [UInt8], to file: Int32) -> Int32 {
        var (signals, before) = (sigset_t(), sigset_t())
        sigemptyset(&signals)
        sigaddset(&signals, SIGPIPE)
        sigaddset(&signals, SIGXFSZ)
        pthread_sigmask(SIG_BLOCK, &signals, &before)
        let reason = write(bytes, to: file)
        if reason == EPIPE || reason == EFBIG {
            // The signal that the write raised waits on this thread; without it, there is nothing to take away.
            var now = timespec()
            sigtimedwait(&signals, nil, &now)
        }
        pthread_sigmask(SIG_SETMASK, &before, nil)
        return reason
    }

    private static func write(_ bytes: [UInt8], to file: Int32) -> Int32 {
        var done = 0
        while done < bytes.count {
            let count = bytes.withUnsafeBytes { Glibc.write(file, $0.baseAddress.map { $0 + done }, $0.count - done) }
            if count > 0 {
                done += count
            } else if count == 0 {
                return EIO
            } else if errno == EAGAIN {
                var poll = pollfd(fd: file, events: Int16(POLLOUT), revents: 0)
                _ = Glibc.poll(&poll, 1, -1)
            } else if errno != EINTR {
                return errno
            }
        }
        return 0
    }
}
