// Finds struct fields that a plugin accesses at the wrong offset. Variables' types come from the
// debug information (libdw), accesses from the machine code (Zydis).
#include "plugin/plugin_check.hpp"

#include <Zydis/Zydis.h>
#include <dwarf.h>
#include <elfutils/libdw.h>
#include <elfutils/libdwfl.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <span>
#include <string_view>
#include <utility>

#include "abi/layout_table.h"
#include "base/dwfl_file.hpp"
#include "base/source_line.hpp"

namespace surisim::engine {
namespace {

constexpr int kDeepest = 64;  // nested scopes, and names of one type

// A struct of Suricata, with the layout that the plugin was compiled for.
struct Struct {
  struct Field {
    std::uint32_t offset = 0;
    std::uint32_t size = 0;
    std::string name;
    std::string points_to = {};  // a struct's name, or empty
  };
  std::string name;  // "Flow"
  std::vector<Field> fields;

  const Field* at(std::int64_t offset) const {
    for (const Field& field : fields)
      if (offset >= field.offset && offset < std::int64_t{field.offset} + field.size) return &field;
    return nullptr;
  }
};

std::string attribute_string(Dwarf_Die* die, unsigned which) {
  Dwarf_Attribute attribute;
  const char* const text = dwarf_formstring(dwarf_attr_integrate(die, which, &attribute));
  return text == nullptr ? "" : text;
}

std::optional<std::uint64_t> attribute_number(Dwarf_Die* die, unsigned which) {
  Dwarf_Attribute attribute;
  Dwarf_Word value = 0;
  if (dwarf_formudata(dwarf_attr_integrate(die, which, &attribute), &value) != 0) return {};
  return value;
}

// The type of a variable, field or type; false: void.
bool type_of(Dwarf_Die* die, Dwarf_Die& type) {
  Dwarf_Attribute attribute;
  return dwarf_formref_die(dwarf_attr_integrate(die, DW_AT_type, &attribute), &type) != nullptr;
}

// Removes typedef, const and the like. False: what remains is void.
bool strip(Dwarf_Die& type) {
  for (int i = 0; i < kDeepest; ++i) {
    switch (dwarf_tag(&type)) {
      case DW_TAG_typedef:
      case DW_TAG_const_type:
      case DW_TAG_volatile_type:
      case DW_TAG_restrict_type: {
        Dwarf_Die inner;
        if (!type_of(&type, inner)) return false;
        type = inner;
        break;
      }
      default:
        return true;
    }
  }
  return false;
}

// What a variable points to, if that is a struct or class.
bool pointed_struct(Dwarf_Die* variable, Dwarf_Die& type) {
  Dwarf_Die pointer;
  if (!type_of(variable, pointer) || !strip(pointer)) return false;
  if (dwarf_tag(&pointer) != DW_TAG_pointer_type || !type_of(&pointer, type)) return false;
  return strip(type) && dwarf_tag(&type) == DW_TAG_structure_type;
}

// "Flow" for Flow_; empty: not one of Suricata's structs that plugins read.
std::string suricata_name(Dwarf_Die* type) {
  const char* const text = dwarf_diename(type);
  std::string name = text == nullptr ? "" : text;
  while (name.ends_with('_')) name.pop_back();
  return name == "ThreadVars" || name == "Flow" || name == "Packet" ? name : "";
}

// The name of an anonymous union is that of its first field.
std::string field_name(Dwarf_Die* field) {
  std::string name = attribute_string(field, DW_AT_name);
  Dwarf_Die type;
  Dwarf_Die first;
  if (name.empty() && type_of(field, type) && strip(type) && dwarf_child(&type, &first) == 0)
    name = attribute_string(&first, DW_AT_name);
  constexpr std::string_view kAtomic = "_sc_atomic__";  // SC_ATOMIC_DECLARE
  if (name.ends_with(kAtomic)) name.resize(name.size() - kAtomic.size());
  return name;
}

Struct::Field field_of(Dwarf_Die* member) {
  Struct::Field field;
  field.name = field_name(member);
  field.offset =
      static_cast<std::uint32_t>(attribute_number(member, DW_AT_data_member_location).value_or(0));
  Dwarf_Die type;
  Dwarf_Word size = 0;
  if (type_of(member, type) && dwarf_aggregate_size(&type, &size) == 0)
    field.size = static_cast<std::uint32_t>(std::min<Dwarf_Word>(size, UINT16_MAX));
  Dwarf_Die pointed;
  if (pointed_struct(member, pointed)) field.points_to = suricata_name(&pointed);
  // The array at the end has no size.
  field.size = std::max(field.size, std::uint32_t{1});
  return field;
}

Struct struct_of(Dwarf_Die* type, std::string name) {
  Struct out{std::move(name), {}};
  Dwarf_Die child;
  if (dwarf_child(type, &child) != 0) return out;
  do {
    if (dwarf_tag(&child) == DW_TAG_member) out.fields.push_back(field_of(&child));
  } while (dwarf_siblingof(&child, &child) == 0);
  return out;
}

// A variable or parameter that points to one of the structs.
struct Variable {
  Dwarf_Die die;
  const Struct* type;
};

// Registers have DWARF's numbers.
constexpr int kRegisters = 16;
constexpr int kFrame = 6;  // rbp
constexpr int kStack = 7;  // rsp
// From RAX on, in the order of ZydisRegister.
constexpr std::array kDwarfNumbers = {0, 2, 1, 3, 7, 6, 4, 5, 8, 9, 10, 11, 12, 13, 14, 15};

// -1: not a general register.
int number_of(ZydisRegister name) {
  const ZydisRegister whole = ZydisRegisterGetLargestEnclosing(ZYDIS_MACHINE_MODE_LONG_64, name);
  if (whole < ZYDIS_REGISTER_RAX || whole > ZYDIS_REGISTER_R15) return -1;
  return kDwarfNumbers[static_cast<std::size_t>(whole - ZYDIS_REGISTER_RAX)];
}

// A place on the stack, relative to a register.
struct StackPlace {
  int base = -1;
  std::int64_t offset = 0;
  bool operator==(const StackPlace&) const = default;
};

// Where a variable is while one instruction runs.
struct Location {
  int in = -1;       // a register, or
  StackPlace stack;  // a place on the stack; without a base: unknown
};

// The location that an attribute gives for the instruction at `pc`, if it is a single operation.
// Other locations are computed, or are values.
std::optional<Dwarf_Op> place_of(Dwarf_Die* die, unsigned which, Dwarf_Addr pc) {
  Dwarf_Attribute attribute;
  Dwarf_Op* ops = nullptr;
  std::size_t count = 0;
  if (dwarf_getlocation_addr(dwarf_attr_integrate(die, which, &attribute), pc, &ops, &count, 1) !=
          1 ||
      count != 1)
    return {};
  return ops[0];
}

// gcc's offsets are from the frame's beginning, 16 bytes above where rbp points; clang's from a
// register.
StackPlace frame_base(Dwarf_Die* function, Dwarf_Addr pc) {
  const auto op = place_of(function, DW_AT_frame_base, pc);
  if (!op) return {};
  if (op->atom == DW_OP_call_frame_cfa) return {kFrame, 16};
  if (op->atom == DW_OP_reg6) return {kFrame, 0};
  if (op->atom == DW_OP_reg7) return {kStack, 0};
  return {};
}

Location location_of(Dwarf_Die* variable, Dwarf_Die* function, Dwarf_Addr pc) {
  const auto op = place_of(variable, DW_AT_location, pc);
  if (!op) return {};
  if (op->atom >= DW_OP_reg0 && op->atom < DW_OP_reg0 + kRegisters)
    return {op->atom - DW_OP_reg0, {}};
  if (op->atom != DW_OP_fbreg) return {};
  StackPlace base = frame_base(function, pc);
  base.offset += static_cast<std::int64_t>(op->number);
  return {-1, base};
}

// An access to a field, by the instruction at `at`.
struct Use {
  const Struct* type;
  std::int64_t offset;
  Dwarf_Addr at;
};

// Finds the accesses of one function.
class FunctionScan {
 public:
  FunctionScan(Dwarf_Die* function, std::vector<Variable>& variables,
               const std::map<std::string, Struct>& structs)
      : function_(function), variables_(variables), structs_(structs) {
    ZydisDecoderInit(&decoder_, ZYDIS_MACHINE_MODE_LONG_64, ZYDIS_STACK_WIDTH_64);
  }

  std::vector<Use> run(Dwarf_Addr start, std::span<const unsigned char> code) {
    targets_.clear();
    each(start, code, &FunctionScan::note_target);
    loaded_.fill(nullptr);
    each(start, code, &FunctionScan::step);
    return std::move(uses_);
  }

 private:
  using Operands = std::span<const ZydisDecodedOperand>;
  using Step = void (FunctionScan::*)(Dwarf_Addr, const ZydisDecodedInstruction&, Operands);

  void each(Dwarf_Addr start, std::span<const unsigned char> code, Step take) {
    for (std::size_t at = 0; at < code.size();) {
      ZydisDecodedInstruction instruction;
      std::array<ZydisDecodedOperand, ZYDIS_MAX_OPERAND_COUNT> operands;
      if (!ZYAN_SUCCESS(ZydisDecoderDecodeFull(&decoder_, code.data() + at, code.size() - at,
                                               &instruction, operands.data())))
        break;
      (this->*take)(start + at, instruction, {operands.data(), instruction.operand_count});
      at += instruction.length;
    }
  }

  void note_target(Dwarf_Addr pc, const ZydisDecodedInstruction& instruction, Operands operands) {
    ZyanU64 target = 0;
    for (const ZydisDecodedOperand& operand : operands)
      if (operand.type == ZYDIS_OPERAND_TYPE_IMMEDIATE && operand.imm.is_relative &&
          ZYAN_SUCCESS(ZydisCalcAbsoluteAddress(&instruction, &operand, pc, &target)))
        targets_.insert(target);
  }

  const Struct* type_in(int name, Dwarf_Addr pc) {
    if (name < 0) return nullptr;
    if (const Struct* type = loaded_[static_cast<std::size_t>(name)]) return type;
    for (Variable& variable : variables_)
      if (location_of(&variable.die, function_, pc).in == name) return variable.type;
    return nullptr;
  }

  const Struct* type_on_stack(const StackPlace& place, Dwarf_Addr pc) {
    for (Variable& variable : variables_)
      if (location_of(&variable.die, function_, pc).stack == place) return variable.type;
    return nullptr;
  }

  // Notes an access. Returns the struct that the loaded word points to, or null.
  const Struct* access(const ZydisDecodedOperand& operand, Dwarf_Addr pc) {
    const auto& memory = operand.mem;
    if (memory.type != ZYDIS_MEMOP_TYPE_MEM || memory.index != ZYDIS_REGISTER_NONE) return nullptr;
    const int base = number_of(memory.base);
    const std::int64_t offset = memory.disp.has_displacement ? memory.disp.value : 0;
    if (base == kFrame || base == kStack) {
      if (const Struct* type = type_on_stack({base, offset}, pc)) return type;
    }
    const Struct* const type = type_in(base, pc);
    if (type == nullptr) return nullptr;
    uses_.push_back({type, offset, pc});
    const Struct::Field* const field = type->at(offset);
    if (field == nullptr || field->points_to.empty()) return nullptr;
    const auto found = structs_.find(field->points_to);
    return found == structs_.end() ? nullptr : &found->second;
  }

  void step(Dwarf_Addr pc, const ZydisDecodedInstruction& instruction, Operands operands) {
    if (targets_.contains(pc)) loaded_.fill(nullptr);  // other code jumps here
    const Struct* value = nullptr;
    for (const ZydisDecodedOperand& operand : operands)
      if (operand.type == ZYDIS_OPERAND_TYPE_MEMORY)
        if (const Struct* type = access(operand, pc)) value = type;
    const bool moves = instruction.mnemonic == ZYDIS_MNEMONIC_MOV && operands[0].size == 64;
    if (moves && operands[1].type == ZYDIS_OPERAND_TYPE_REGISTER)
      value = type_in(number_of(operands[1].reg.value), pc);
    for (const ZydisDecodedOperand& operand : operands) {
      if (operand.type != ZYDIS_OPERAND_TYPE_REGISTER ||
          (operand.actions & ZYDIS_OPERAND_ACTION_MASK_WRITE) == 0)
        continue;
      if (const int written = number_of(operand.reg.value); written >= 0)
        loaded_[static_cast<std::size_t>(written)] = moves ? value : nullptr;
    }
    if (instruction.meta.category == ZYDIS_CATEGORY_CALL)
      for (const int lost : {0, 1, 2, 4, 5, 8, 9, 10, 11})  // all but rbx, rbp, rsp, r12 to r15
        loaded_[static_cast<std::size_t>(lost)] = nullptr;
    if (instruction.meta.category == ZYDIS_CATEGORY_UNCOND_BR ||
        instruction.meta.category == ZYDIS_CATEGORY_RET)
      loaded_.fill(nullptr);
  }

  Dwarf_Die* function_;
  std::vector<Variable>& variables_;
  const std::map<std::string, Struct>& structs_;
  ZydisDecoder decoder_{};
  // What registers point to since a variable was loaded into them.
  std::array<const Struct*, kRegisters> loaded_{};
  std::set<Dwarf_Addr> targets_;  // of jumps
  std::vector<Use> uses_;
};

// Finds the accesses of all functions of a file.
class Scan {
 public:
  explicit Scan(const std::string& path) : file_(path), module_(file_.module()) {}

  std::vector<Use> run() {
    Dwarf_Addr bias = 0;
    Dwarf_Die* unit = nullptr;
    while (module_ != nullptr && (unit = dwfl_module_nextcu(module_, unit, &bias)) != nullptr)
      scan_scope(unit, 0);
    return std::move(uses_);
  }

 private:
  // Functions are in units, namespaces and classes.
  void scan_scope(Dwarf_Die* scope, int depth) {
    Dwarf_Die child;
    if (depth > kDeepest || dwarf_child(scope, &child) != 0) return;
    do {
      switch (dwarf_tag(&child)) {
        case DW_TAG_subprogram:
          scan_function(&child);
          break;
        case DW_TAG_namespace:
        case DW_TAG_structure_type:
        case DW_TAG_class_type:
          scan_scope(&child, depth + 1);
          break;
        default:
          break;
      }
    } while (dwarf_siblingof(&child, &child) == 0);
  }

  void scan_function(Dwarf_Die* function) {
    std::vector<Variable> variables;
    add_variables(function, variables, 0);
    if (variables.empty()) return;
    std::ptrdiff_t offset = 0;
    Dwarf_Addr base = 0;
    Dwarf_Addr start = 0;
    Dwarf_Addr end = 0;
    while ((offset = dwarf_ranges(function, offset, &base, &start, &end)) > 0) {
      const auto code = code_at(start, end);
      FunctionScan scan(function, variables, structs_);
      for (const Use& use : scan.run(start, code)) uses_.push_back(use);
    }
  }

  // Includes variables of inlined functions.
  void add_variables(Dwarf_Die* scope, std::vector<Variable>& to, int depth) {
    Dwarf_Die child;
    if (depth > kDeepest || dwarf_child(scope, &child) != 0) return;
    do {
      switch (dwarf_tag(&child)) {
        case DW_TAG_formal_parameter:
        case DW_TAG_variable:
          if (const Struct* type = suricata_struct(&child)) to.push_back({child, type});
          break;
        case DW_TAG_lexical_block:
        case DW_TAG_inlined_subroutine:
          add_variables(&child, to, depth + 1);
          break;
        default:
          break;
      }
    } while (dwarf_siblingof(&child, &child) == 0);
  }

  const Struct* suricata_struct(Dwarf_Die* variable) {
    Dwarf_Die type;
    if (!pointed_struct(variable, type)) return nullptr;
    std::string name = suricata_name(&type);
    if (name.empty() || dwarf_hasattr(&type, DW_AT_declaration) != 0) return nullptr;
    const auto [found, added] = structs_.try_emplace(name);
    if (added) found->second = struct_of(&type, name);
    return &found->second;
  }

  std::span<const unsigned char> code_at(Dwarf_Addr start, Dwarf_Addr end) {
    GElf_Addr bias = 0;
    Elf* const elf = dwfl_module_getelf(module_, &bias);
    for (Elf_Scn* section = nullptr; (section = elf_nextscn(elf, section)) != nullptr;) {
      GElf_Shdr header;
      if (gelf_getshdr(section, &header) == nullptr || header.sh_type != SHT_PROGBITS ||
          start < header.sh_addr || end > header.sh_addr + header.sh_size || end < start)
        continue;
      const Elf_Data* const data = elf_getdata(section, nullptr);
      if (data == nullptr || end - header.sh_addr > data->d_size) return {};
      return {static_cast<const unsigned char*>(data->d_buf) + (start - header.sh_addr),
              end - start};
    }
    return {};
  }

  base::DwflFile file_;
  Dwfl_Module* const module_;
  std::map<std::string, Struct> structs_;
  std::vector<Use> uses_;
};

// "a.c:9" is before "a.c:41".
bool is_before(const std::string& a, const std::string& b) {
  const auto key = [](const std::string& place) {
    const std::size_t colon = place.rfind(':');
    return std::pair(place.substr(0, colon), place.size() - colon);
  };
  return std::pair(key(a), a) < std::pair(key(b), b);
}

const surisim_field* field_in(const surisim_field* table, std::string_view type,
                              std::string_view name) {
  for (; table->type != nullptr; ++table)
    if (table->type == type && table->name == name) return table;
  return nullptr;
}

}  // namespace

std::vector<MovedField> moved_fields(const std::string& path, Suricata version) {
  const bool is_8 = version == Suricata::v8_0;
  const surisim_field* const here = is_8 ? fields_8_0 : fields_9_0;
  const surisim_field* const other = is_8 ? fields_9_0 : fields_8_0;
  std::map<std::string, MovedField> moved;
  Scan scan(path);
  for (const Use& use : scan.run()) {
    const Struct::Field* const field = use.type->at(use.offset);
    if (field == nullptr) continue;
    const surisim_field* const there = field_in(here, use.type->name, field->name);
    // Fields in neither version's table are unknown to surisim.
    if (there == nullptr && field_in(other, use.type->name, field->name) == nullptr) continue;
    if (there != nullptr && there->offset == field->offset) continue;
    MovedField& out = moved[use.type->name + "." + field->name];
    out.name = use.type->name + "." + field->name;
    out.offset = field->offset;
    out.there = there == nullptr ? -1 : there->offset;
    std::string source = base::code_place(path, use.at).source;
    if (!source.empty()) out.places.push_back(std::move(source));
  }
  std::vector<MovedField> all;
  for (auto& [name, field] : moved) {
    std::sort(field.places.begin(), field.places.end(), is_before);
    field.places.erase(std::unique(field.places.begin(), field.places.end()), field.places.end());
    all.push_back(std::move(field));
  }
  return all;
}

}  // namespace surisim::engine
