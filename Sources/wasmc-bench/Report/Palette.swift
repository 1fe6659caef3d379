/// A colour for each engine: greys for native builds, blue for wasmc, and for the others colours that eyes of all kinds
/// tell apart, each in a shade for light and one for dark pages.
struct Palette {
    private static let native = [("#52514e", "#c3c2b7"), ("#a3a29b", "#77766f")]
    private static let own = ("#2a78d6", "#3987e5")
    private static let others = [
        ("#eb6834", "#d95926"), ("#1baf7a", "#199e70"), ("#eda100", "#c98500"), ("#e87ba4", "#d55181"),
        ("#4a3aa7", "#9085e9"), ("#008300", "#00a300"), ("#e34948", "#e66767"),
    ]
    private var shades: [String: (index: Int, light: String, dark: String)] = [:]

    init(engines: [String]) {
        var counts = (native: 0, other: 0)
        for (index, engine) in engines.enumerated() {
            let pair: (String, String)
            if engine.hasPrefix("native") {
                pair = Self.native[counts.native % Self.native.count]
                counts.native += 1
            } else if engine == "wasmc" {
                pair = Self.own
            } else {
                pair = Self.others[counts.other % Self.others.count]
                counts.other += 1
            }
            shades[engine] = (index, pair.0, pair.1)
        }
    }

    /// As CSS names it.
    func color(_ engine: String) -> String { "var(--engine-\(shades[engine]?.index ?? 0))" }

    var style: String {
        let sorted = shades.values.sorted { $0.index < $1.index }
        let light = sorted.map { "--engine-\($0.index):\($0.light)" }.joined(separator: ";")
        let dark = sorted.map { "--engine-\($0.index):\($0.dark)" }.joined(separator: ";")
        return ":root{\(light)}@media(prefers-color-scheme:dark){:root{\(dark)}}"
    }
}

extension Report {
    static let style = """
        :root{color-scheme:light dark;--page:#f9f9f7;--panel:#fcfcfb;--ink:#0b0b0b;--muted:#62615c;--line:#e1e0d9;
        --error:#b3261e}
        @media(prefers-color-scheme:dark){:root{--page:#0d0d0d;--panel:#1a1a19;--ink:#f2f2ef;--muted:#a3a29b;
        --line:#2c2c2a;--error:#ff8a80}}
        body{margin:0;background:var(--page);color:var(--ink);font:15px/1.5 system-ui,sans-serif}
        main{max-width:1000px;margin:auto;padding:2rem 1rem 4rem}
        h1{font-size:1.9rem;line-height:1.2;margin:0 0 .3rem}h2{font-size:1.15rem;margin:0}
        section{background:var(--panel);border:1px solid var(--line);border-radius:12px;padding:1.2rem 1.4rem;
        margin-top:1.2rem}
        p{margin:.2rem 0 .8rem}.muted{color:var(--muted);font-size:.88rem}.error{color:var(--error)}
        svg{width:100%;height:auto;display:block}svg text{fill:var(--ink);font:12px system-ui,sans-serif}
        svg .tick{fill:var(--muted);font-size:11px}svg .grid{stroke:var(--line)}
        svg .one{stroke:var(--ink);stroke-opacity:.5}
        svg circle{stroke:var(--panel);stroke-width:1.5}svg circle:hover{stroke:var(--ink)}
        svg .spread{stroke-width:2;stroke-opacity:.45}
        .legend span{display:inline-block;margin-right:1.1rem}
        .legend i{display:inline-block;width:.75em;height:.75em;border-radius:50%;margin-right:.4em}
        .grid{display:grid;grid-template-columns:repeat(auto-fill,minmax(290px,1fr));gap:1.2rem 1.6rem}
        figure{margin:0}figcaption{font-weight:600;margin-bottom:.3rem}figcaption .muted{font-weight:400}
        summary{cursor:pointer;margin:.6rem 0}.scroll{overflow-x:auto}
        table{border-collapse:collapse;font-size:.82rem;font-variant-numeric:tabular-nums}
        th,td{padding:.2rem .6rem;text-align:right;border-bottom:1px solid var(--line);white-space:nowrap}
        th:first-child{text-align:left}
        dl{display:grid;grid-template-columns:max-content 1fr;gap:.2rem 1rem;font-size:.88rem}dt{color:var(--muted)}
        dd{margin:0}
        """
}
