import Foundation

/// A line that says how far a long run is; nothing where standard error is no terminal.
struct ProgressBar {
    private let isShown = isatty(STDERR_FILENO) == 1
    private let start = ContinuousClock.now

    func show(_ name: String, done: Int, of total: Int) {
        guard isShown else { return }
        let width = 30
        let filled = width * done / max(1, total)
        let bar = String(repeating: "█", count: filled) + String(repeating: "░", count: width - filled)
        let elapsed = Double((ContinuousClock.now - start).components.seconds)
        let rest = done > 0 ? ", about \(Int(elapsed / Double(done) * Double(total - done))) s left" : ""
        write("\r\u{1B}[K\(bar) \(done)/\(total) \(name)\(rest)")
    }

    func clear() {
        if isShown { write("\r\u{1B}[K") }
    }

    private func write(_ text: String) { FileHandle.standardError.write(Data(text.utf8)) }
}
