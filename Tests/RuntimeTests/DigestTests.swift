import CRuntime
import Testing

@Suite struct DigestTests {
    static func sha256(_ bytes: [UInt8]) -> String {
        var digest = [UInt8](repeating: 0, count: 32)
        wasmc_sha256(bytes, bytes.count, &digest)
        return digest.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
    }

    @Test("SHA-256 gives the digests of FIPS 180-2's examples")
    func examples() {
        #expect(Self.sha256([]) == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855")
        #expect(Self.sha256(Array("abc".utf8)) == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad")
        let twoBlocks = Array("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq".utf8)
        #expect(Self.sha256(twoBlocks) == "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1")
    }

    @Test("The checksum notices every changed byte and every length, at every place of its four lanes")
    func changes() {
        for count in [1, 7, 8, 31, 32, 33, 100] {
            var bytes = (0..<count).map { UInt8($0 * 7 & 0xFF) }
            let sum = wasmc_checksum(bytes, count)
            #expect(wasmc_checksum(bytes, count) == sum && wasmc_checksum(bytes, count - 1) != sum)
            for place in 0..<count {
                bytes[place] ^= 0x40
                #expect(wasmc_checksum(bytes, count) != sum)
                bytes[place] ^= 0x40
            }
        }
    }
}
