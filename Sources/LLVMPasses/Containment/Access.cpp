#include "Access.h"

#include "llvm/IR/Instructions.h"
#include "llvm/IR/IntrinsicInst.h"
#include "llvm/IR/Module.h"

using namespace llvm;

namespace wasmc {

bool forEachAccess(Instruction &instruction, function_ref<void(const Access &)> handle) {
    const DataLayout &layout = instruction.getDataLayout();
    auto size = [&](Type *type) { return layout.getTypeStoreSize(type).getFixedValue(); };
    if (isa<LoadInst>(instruction)) {
        handle({&instruction, LoadInst::getPointerOperandIndex(), size(instruction.getType())});
    } else if (auto *store = dyn_cast<StoreInst>(&instruction)) {
        handle({&instruction, StoreInst::getPointerOperandIndex(), size(store->getValueOperand()->getType())});
    } else if (auto *exchange = dyn_cast<AtomicRMWInst>(&instruction)) {
        handle({&instruction, AtomicRMWInst::getPointerOperandIndex(), size(exchange->getValOperand()->getType())});
    } else if (auto *exchange = dyn_cast<AtomicCmpXchgInst>(&instruction)) {
        handle(
            {&instruction, AtomicCmpXchgInst::getPointerOperandIndex(), size(exchange->getNewValOperand()->getType())});
    } else if (auto *bulk = dyn_cast<AnyMemIntrinsic>(&instruction)) {
        auto *constant = dyn_cast<ConstantInt>(bulk->getLength());
        if (!bulk->getLength()->getType()->isIntegerTy(64)) return false;
        Access access{&instruction, 0, constant ? constant->getZExtValue() : 0, constant ? nullptr : bulk->getLength()};
        handle(access);
        access.operand = 1;
        if (isa<AnyMemTransferInst>(bulk)) handle(access);
    } else if (auto *call = dyn_cast<IntrinsicInst>(&instruction)) {
        switch (call->getIntrinsicID()) {
        case Intrinsic::masked_load:
        case Intrinsic::masked_gather: handle({call, 0, size(call->getType()), nullptr, call->getArgOperand(1)}); break;
        case Intrinsic::masked_store:
        case Intrinsic::masked_scatter:
            handle({call, 1, size(call->getArgOperand(0)->getType()), nullptr, call->getArgOperand(2)});
            break;
        default:
            // Of the rest, what looks like an access to LLVM but is none.
            return call->isAssumeLikeIntrinsic() || !call->mayReadOrWriteMemory()
                || call->getIntrinsicID() == Intrinsic::read_register
                || none_of(call->args(), [](const Use &use) { return use->getType()->isPtrOrPtrVectorTy(); });
        }
    }
    return true;
}

std::optional<uint64_t> Regions::offsetInInstance(Value *pointer) {
    Address address = Address::of(pointer, function.getDataLayout(), slice);
    if (function.arg_empty() || address.root != function.getArg(0) || !address.offset.terms.empty())
        return std::nullopt;
    return address.offset.constant;
}

std::optional<uint64_t> Regions::placeInInstance(Value *pointer) {
    // Read again after calls: the same field at several times.
    SmallSetVector<Value *, 4> sources;
    sources.insert(pointer);
    std::optional<uint64_t> common;
    for (size_t next = 0; next < sources.size(); next++) {
        if (auto *phi = dyn_cast<PHINode>(sources[next])) {
            sources.insert_range(phi->incoming_values());
            continue;
        }
        auto *load = dyn_cast<LoadInst>(sources[next]);
        auto offset = load ? offsetInInstance(load->getPointerOperand()) : std::nullopt;
        if (!offset || (common && *common != *offset)) return std::nullopt;
        common = offset;
    }
    return common;
}

std::optional<Region> Regions::ofStructure(Value *pointer) {
    auto offset = placeInInstance(pointer);
    if (!offset) return std::nullopt;
    for (unsigned index = 0; index < layout.memory_count; index++)
        if (layout.memories[index].memory == *offset) return Region{Region::memory, index};
    for (unsigned index = 0; index < layout.tables_in_module; index++)
        if (layout.tables[index] == *offset) return Region{Region::table, index};
    return std::nullopt;
}

bool Regions::isStore(Value *pointer) { return placeInInstance(pointer) == layout.store; }

std::optional<Region>
Regions::ofField(Value *value, uint64_t memoryField, uint64_t tableField, bool isBase, Visited &visited) {
    if (auto *load = dyn_cast<LoadInst>(value)) {
        Address address = Address::of(load->getPointerOperand(), function.getDataLayout(), slice);
        if (!address.offset.terms.empty()) return std::nullopt;
        if (isBase && address.root == function.getArg(0))
            for (unsigned index = 0; index < layout.memory_count; index++)
                if (layout.memories[index].is_reserved && layout.memories[index].base == address.offset.constant)
                    return Region{Region::memory, index};
        if (isBase && address.root == function.getArg(0) && address.offset.constant == layout.descriptors)
            return Region{Region::descriptors, 0};
        if (isBase && address.offset.constant == layout.heap_base && isStore(address.root))
            return Region{Region::heap, 0};
        if (isBase && address.offset.constant == layout.functions && isStore(address.root))
            return Region{Region::functions, 0};
        auto region = ofStructure(address.root);
        if (!region) return std::nullopt;
        uint64_t field = region->kind == Region::memory ? memoryField : tableField;
        return address.offset.constant == field ? region : std::nullopt;
    }
    // Read again after calls: the same field at several times.
    SmallVector<Value *, 4> sources;
    if (auto *phi = dyn_cast<PHINode>(value)) append_range(sources, phi->incoming_values());
    else if (auto *select = dyn_cast<SelectInst>(value)) sources = {select->getTrueValue(), select->getFalseValue()};
    else if (auto *frozen = dyn_cast<FreezeInst>(value)) sources = {frozen->getOperand(0)};
    if (sources.empty() || !visited.insert(value).second) return std::nullopt;
    std::optional<Region> common;
    for (Value *source : sources) {
        if (visited.contains(source)) continue;
        auto region = ofField(source, memoryField, tableField, isBase, visited);
        if (!region || (common && !(*common == *region))) return std::nullopt;
        common = region;
    }
    return common;
}

std::optional<Region> Regions::ofBase(Value *pointer) {
    const DataLayout &data = function.getDataLayout();
    auto size = [&](Type *type) { return int64_t(data.getTypeAllocSize(type).getFixedValue()); };
    if (auto *constant = dyn_cast<GlobalVariable>(pointer))
        return Region{Region::object, 0, size(constant->getValueType())};
    if (auto *place = dyn_cast<AllocaInst>(pointer); place && !place->isArrayAllocation())
        return Region{Region::object, 0, size(place->getAllocatedType())};
    Visited visited;
    if (function.arg_empty()) return std::nullopt;
    return ofField(pointer, layout.memory_base, layout.table_elements, true, visited);
}

std::optional<Region> Regions::ofSize(Value *number) {
    Visited visited;
    if (function.arg_empty() || !number->getType()->isIntegerTy(64)) return std::nullopt;
    return ofField(number, layout.memory_byte_count, layout.table_count, false, visited);
}

std::optional<Region> Regions::ofChoice(Value *pointer) {
    constexpr size_t mostPointers = 20000;
    SmallSetVector<Value *, 8> pointers;
    pointers.insert(pointer);
    std::optional<Region> common;
    for (size_t next = 0; next < pointers.size(); next++) {
        Value *value = pointers[next];
        if (auto region = ofBase(value)) {
            bool isAlike = !common || *common == *region;
            if ((region->kind != Region::memory && region->kind != Region::heap) || !isAlike) return std::nullopt;
            common = region;
            continue;
        }
        auto *instruction = dyn_cast<Instruction>(value);
        if (isa<PoisonValue>(value)) continue;
        if (!instruction || pointers.size() > mostPointers) return std::nullopt;
        if (!isa<
                PHINode, SelectInst, GetElementPtrInst, ExtractElementInst, InsertElementInst, ShuffleVectorInst,
                FreezeInst>(instruction))
            return std::nullopt;
        for (Value *operand : instruction->operands())
            if (operand->getType()->isPtrOrPtrVectorTy()) pointers.insert(operand);
    }
    return common;
}

int64_t Regions::minimumSize(Region region) const {
    switch (region.kind) {
    case Region::memory: return int64_t(layout.memories[region.index].minimum_byte_count);
    case Region::table:
    case Region::heap:
    case Region::descriptors:
    case Region::functions: return 0;
    case Region::object: return region.byteCount;
    }
    llvm_unreachable("a kind of region");
}

bool Regions::isReserved(Region region) const {
    switch (region.kind) {
    case Region::memory: return layout.memories[region.index].is_reserved;
    case Region::heap:
    case Region::descriptors:
    case Region::functions: return true;
    case Region::table:
    case Region::object: return false;
    }
    llvm_unreachable("a kind of region");
}

int64_t Regions::before(Region region) const {
    if (region.kind == Region::heap) return int64_t(layout.heap_before);
    bool startsAtBase = region.kind == Region::descriptors || region.kind == Region::functions;
    return startsAtBase ? 0 : int64_t(layout.before);
}

int64_t Regions::behind(Region region) const {
    if (region.kind == Region::heap) return int64_t(layout.heap_behind);
    if (region.kind == Region::functions) return int64_t(layout.functions_byte_count);
    return int64_t(region.kind == Region::descriptors ? layout.descriptors_byte_count : layout.behind);
}

uint64_t Regions::mask(Region region) const {
    if (region.kind == Region::functions) return layout.functions_byte_count - sizeof(void *);
    return region.kind == Region::descriptors ? layout.descriptors_end - 1 : (uint64_t(1) << 33) - 1;
}

static Value *at(IRBuilder<> &builder, Value *base, uint64_t offset) {
    return builder.CreateGEP(builder.getInt8Ty(), base, builder.getInt64(offset));
}

Value *Regions::base(IRBuilder<> &builder, Region region, Type *type) {
    Value *instance = function.getArg(0);
    if (region.kind == Region::descriptors) return builder.CreateLoad(type, at(builder, instance, layout.descriptors));
    if (region.kind == Region::heap || region.kind == Region::functions) {
        Value *store = builder.CreateLoad(builder.getPtrTy(), at(builder, instance, layout.store));
        uint64_t field = region.kind == Region::heap ? layout.heap_base : layout.functions;
        return builder.CreateLoad(type, at(builder, store, field));
    }
    const wasmc_memory_slots &slots = layout.memories[region.index];
    if (slots.is_reserved) return builder.CreateLoad(type, at(builder, instance, slots.base));
    Value *memory = builder.CreateLoad(builder.getPtrTy(), at(builder, instance, slots.memory));
    return builder.CreateLoad(type, at(builder, memory, layout.memory_base));
}

Value *Regions::size(IRBuilder<> &builder, Region region) {
    if (region.kind == Region::object) return builder.getInt64(region.byteCount);
    bool isMemory = region.kind == Region::memory;
    uint64_t slot = isMemory ? layout.memories[region.index].memory : layout.tables[region.index];
    Value *structure = builder.CreateLoad(builder.getPtrTy(), at(builder, function.getArg(0), slot));
    Value *size = builder.CreateLoad(
        builder.getInt64Ty(), at(builder, structure, isMemory ? layout.memory_byte_count : layout.table_count));
    return isMemory ? size : builder.CreateMul(size, builder.getInt64(sizeof(void *)));
}

Function *Regions::escape() {
    Module &module = *function.getParent();
    constexpr StringLiteral name = "wasm_escape";
    if (Function *known = module.getFunction(name)) return known;
    LLVMContext &context = module.getContext();
    auto *pointer = PointerType::get(context, 0);
    auto *type = FunctionType::get(Type::getVoidTy(context), {pointer}, false);
    Function *escape = Function::Create(type, GlobalValue::InternalLinkage, name, module);
    // What backtraces and frames need; what LLVM has found out about the function is not true of this one.
    for (Attribute attribute : function.getAttributes().getFnAttrs())
        if (attribute.isStringAttribute() || attribute.hasAttribute(Attribute::UWTable)) escape->addFnAttr(attribute);
    escape->addFnAttr(Attribute::NoUnwind);
    escape->addFnAttr(Attribute::Cold);
    escape->addFnAttr(Attribute::NoInline);
    IRBuilder<> builder(BasicBlock::Create(context, "", escape));
    Value *instance = escape->getArg(0);
    auto load = [&](Value *base, uint64_t offset) { return builder.CreateLoad(pointer, at(builder, base, offset)); };
    Value *trap = load(load(instance, layout.builtins), layout.trap);
    auto *trapType = FunctionType::get(Type::getVoidTy(context), {pointer, builder.getInt32Ty()}, false);
    builder.CreateCall(trapType, trap, {instance, builder.getInt32(layout.outcome)});
    builder.CreateRetVoid();
    return escape;
}

}
