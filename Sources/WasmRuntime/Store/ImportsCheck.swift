public import Wasm

extension Imports {
    /// What linking would say, as far as that is known before the module is compiled: what is missing, and functions of
    /// another type.
    ///
    /// - Throws: ``LinkError``
    public func check(_ module: Module) throws(LinkError) {
        for needed in module.imports {
            let expected = module.type(of: needed.descriptor)
            guard let definition = definitions[Name(module: needed.module, name: needed.name)] else {
                throw .unknownImport(module: needed.module, name: needed.name, expected: expected)
            }
            // Types that refer to others have no meaning outside of the module before it is compiled.
            guard case .function(let type) = expected, !type.refersToDefinedTypes else { continue }
            let found: ExternalType =
                switch definition {
                case .host(let function): .function(function.type)
                case .external(let external): external.type
                }
            guard found.fits(.function(type)) else {
                throw .incompatibleImportType(
                    module: needed.module, name: needed.name, expected: expected, found: found)
            }
        }
    }
}
