// Searches the list of Suricata's symbols, which is one string, because an array of strings would
// need thousands of relocations at start-up.
#include "abi/suricata_symbols.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstddef>
#include <iterator>

#include "abi/host.hpp"

// The linker's symbols for the section with the stand-ins (stand_ins.cpp); null if there is none.
extern "C" {
extern const char __start_surisim_stand_ins __attribute__((weak, visibility("hidden")));
extern const char __stop_surisim_stand_ins __attribute__((weak, visibility("hidden")));
}

namespace surisim::abi {

namespace {

// A line for each symbol: its name, a blank, the versions.
#define FUNCTION(name, versions) #name " " #versions "\n"
#define SYMBOL(name, versions) #name " " #versions "\n"
constexpr std::string_view kSymbols =
#include "abi/suricata_symbols.def"
    ;
#undef FUNCTION
#undef SYMBOL

// The versions that have the symbol: "80", "90" or "BOTH"; empty: none.
std::string_view versions_of(std::string_view symbol) {
  std::size_t begin = 0;  // of a line
  std::size_t end = kSymbols.size();
  while (begin < end) {
    const std::size_t middle = begin + (end - begin) / 2;
    const std::size_t newline = kSymbols.rfind('\n', middle == 0 ? 0 : middle - 1);
    const std::size_t line = newline == kSymbols.npos || newline < begin ? begin : newline + 1;
    const std::size_t blank = kSymbols.find(' ', line);
    const std::size_t next = kSymbols.find('\n', blank) + 1;
    const int order = symbol.compare(kSymbols.substr(line, blank - line));
    if (order == 0) return kSymbols.substr(blank + 1, next - blank - 2);
    if (order < 0)
      end = line;
    else
      begin = next;
  }
  return {};
}

// Functions whose signature differs between versions (E8, E32).
struct Signature {
  std::string_view name;  // 8.0's
  std::string_view in_80;
  std::string_view in_90;
};
#define SURISIM_REGISTER_80(id) \
  id " (const char *, const unsigned int, void *(*)(unsigned int), void (*)(void *))"
#define SURISIM_REGISTER_90(id) id " (const char *, void (*)(void *))"
constexpr Signature kSignatures[] = {
    {"AppLayerExpectationGetFlowId", "FlowStorageId (void)", "SCFlowStorageId (void)"},
    {"AppLayerFrameGetById", "Frame *(Flow *, const int, const FrameId)",
     "Frame *(const Flow *, const int, const FrameId)"},
    {"AppLayerFramesGetContainer", "FramesContainer *(Flow *)", "FramesContainer *(const Flow *)"},
    {"AppLayerIncTxCounter", "void (ThreadVars *, Flow *, uint64_t)",
     "void (ThreadVars *, Flow *, int64_t)"},
    {"AppLayerParserGetStateProgressCompletionStatus", "int (AppProto, uint8_t)",
     "uint8_t (AppProto, uint8_t)"},
    {"AppLayerParserRegisterApplyTxConfigFunc",
     "void (uint8_t, AppProto, bool (*)(void *, void *, int, AppLayerTxConfig))",
     "void (uint8_t, AppProto, void (*)(void *, void *, int, AppLayerTxConfig))"},
    {"AppLayerRegisterProtocolDetection", "AppProto (const struct AppLayerParser *, int)",
     "AppProto (const struct AppLayerProtocolDetect *, int)"},
    {"DetectAddressParse", "int (const DetectEngineCtx *, DetectAddressHead *, const char *)",
     "int (const DetectEngineCtx *, DetectAddressHead *, const char *, bool *)"},
    {"DetectAppLayerInspectEngineRegister",
     "void (const char *, AppProto, uint32_t, int, InspectEngineFuncPtr, "
     "InspectionBufferGetDataPtr)",
     "void (const char *, AppProto, uint32_t, uint8_t, InspectEngineFuncPtr, "
     "InspectionBufferGetDataPtr)"},
    {"DetectAppLayerInspectEngineRegisterSingle",
     "void (const char *, AppProto, uint32_t, int, InspectEngineFuncPtr, "
     "InspectionSingleBufferGetDataPtr)",
     "void (const char *, AppProto, uint32_t, uint8_t, InspectEngineFuncPtr, "
     "InspectionSingleBufferGetDataPtr)"},
    {"DetectAppLayerMpmMultiRegister",
     "void (const char *, int, int, PrefilterRegisterFunc, InspectionMultiBufferGetDataPtr, "
     "AppProto, int)",
     "void (const char *, int, int, PrefilterRegisterFunc, InspectionMultiBufferGetDataPtr, "
     "AppProto, uint8_t)"},
    {"DetectAppLayerMpmRegister",
     "void (const char *, int, int, PrefilterRegisterFunc, InspectionBufferGetDataPtr, AppProto, "
     "int)",
     "void (const char *, int, int, PrefilterRegisterFunc, InspectionBufferGetDataPtr, AppProto, "
     "uint8_t)"},
    {"DetectAppLayerMpmRegisterSingle",
     "void (const char *, int, int, PrefilterRegisterFunc, InspectionSingleBufferGetDataPtr, "
     "AppProto, int)",
     "void (const char *, int, int, PrefilterRegisterFunc, InspectionSingleBufferGetDataPtr, "
     "AppProto, uint8_t)"},
    {"DetectAppLayerMultiRegister",
     "void (const char *, AppProto, uint32_t, int, InspectionMultiBufferGetDataPtr, int)",
     "void (const char *, AppProto, uint32_t, uint8_t, InspectionMultiBufferGetDataPtr, int)"},
    {"DetectBufferTypeRegisterSetupCallback",
     "void (const char *, void (*)(const DetectEngineCtx *, Signature *))",
     "void (const char *, void (*)(const DetectEngineCtx *, Signature *, const DetectBufferType "
     "*))"},
    {"DetectFileRegisterProto", "void (AppProto, int, int, int)",
     "void (AppProto, int, uint8_t, uint8_t)"},
    {"DetectParseAddress", "const DetectAddressHead *(DetectEngineCtx *, const char *, bool *)",
     "const DetectAddressHead *(DetectEngineCtx *, const char *, bool *, bool *)"},
    {"EngineModeSetFirewall", "void (void)", "void (const enum EngineHostMode)"},
    {"EngineModeSetIPS", "void (void)", "void (const enum EngineHostMode)"},
    {"EveAddVerdict", "void (SCJsonBuilder *, const Packet *)",
     "void (SCJsonBuilder *, const Packet *, const uint8_t)"},
    {"FlowGetFlags", "uint32_t (Flow *)", "uint64_t (const Flow *)"},
    {"FlowRateGetStorageID", "FlowStorageId (void)", "SCFlowStorageId (void)"},
    {"FlowStorageRegister", SURISIM_REGISTER_80("FlowStorageId"),
     SURISIM_REGISTER_90("SCFlowStorageId")},
    {"GetFlowBypassInfoID", "FlowStorageId (void)", "SCFlowStorageId (void)"},
    {"HostStorageRegister", SURISIM_REGISTER_80("HostStorageId"),
     SURISIM_REGISTER_90("SCHostStorageId")},
    {"IPPairStorageRegister", SURISIM_REGISTER_80("IPPairStorageId"),
     SURISIM_REGISTER_90("SCIPPairStorageId")},
    {"JsonAddrInfoInit", "void (const Packet *, enum SCOutputJsonLogDirection, JsonAddrInfo *)",
     "void (const Packet *, enum SCOutputJsonLogDirection, JsonAddrInfo *, "
     "OutputJsonCommonSettings *)"},
    {"LiveDevStorageRegister", SURISIM_REGISTER_80("LiveDevStorageId"),
     SURISIM_REGISTER_90("SCLiveDevStorageId")},
    {"MacSetAddWithCtr",
     "void (MacSet *, const uint8_t *, const uint8_t *, ThreadVars *, uint16_t, uint16_t)",
     "void (MacSet *, const uint8_t *, const uint8_t *, ThreadVars *, StatsCounterMaxId, "
     "StatsCounterMaxId)"},
    {"MacSetGetFlowStorageID", "FlowStorageId (void)", "SCFlowStorageId (void)"},
    {"MpmInitThreadCtx", "void (MpmThreadCtx *, uint16_t)",
     "void (MpmThreadCtx *, MpmCtx *, uint16_t)"},
    {"PacketInit", "void (Packet *)", "bool (Packet *)"},
    {"PatternMatchThreadPrepare", "void (MpmThreadCtx *, uint16_t)",
     "void (MpmThreadCtx *, DetectEngineCtx *)"},
    {"PoolInit",
     "Pool *(uint32_t, uint32_t, uint32_t, void *(*)(void), int (*)(void *, void *), void *, void "
     "(*)(void *), void (*)(void *))",
     "Pool *(uint32_t, uint32_t, uint32_t, void *(*)(void), int (*)(void *), void (*)(void *))"},
    {"PoolThreadInit",
     "PoolThread *(int, uint32_t, uint32_t, uint32_t, void *(*)(void), int (*)(void *, void *), "
     "void *, void (*)(void *), void (*)(void *))",
     "PoolThread *(int, uint32_t, uint32_t, uint32_t, void *(*)(void), int (*)(void *), void "
     "(*)(void *))"},
    {"PrefilterAppendTxEngine",
     "int (DetectEngineCtx *, SigGroupHead *, PrefilterTxFn, const AppProto, const int, void *, "
     "void (*)(void *), const char *)",
     "int (DetectEngineCtx *, SigGroupHead *, PrefilterTxFn, const AppProto, const int8_t, void *, "
     "void (*)(void *), const char *)"},
    {"SCDetectEngineRegisterRateFilterCallback", "void (SCDetectRateFilterFunc, void *)",
     "bool (SCDetectRateFilterFunc, void *)"},
    {"SCDetectHelperBufferProgressMpmRegister",
     "int (const char *, const char *, AppProto, uint8_t, InspectionSingleBufferGetDataPtr, int)",
     "int (const char *, const char *, AppProto, uint8_t, InspectionSingleBufferGetDataPtr, "
     "uint8_t)"},
    {"SCDetectHelperBufferProgressRegister", "int (const char *, AppProto, uint8_t, int)",
     "int (const char *, AppProto, uint8_t, uint8_t)"},
    {"SCDetectHelperMultiBufferProgressMpmRegister",
     "int (const char *, const char *, AppProto, uint8_t, InspectionMultiBufferGetDataPtr, int)",
     "int (const char *, const char *, AppProto, uint8_t, InspectionMultiBufferGetDataPtr, "
     "uint8_t)"},
    {"SCFinalizeRunMode", "int (void)", "int (int)"},
    {"SCPluginsLoad", "void (const char *, const char *)",
     "void (const char *, const char *, const char **)"},
    {"SCSigOrderSignatures", "void (DetectEngineCtx *)", "int (DetectEngineCtx *)"},
    {"StatsRegisterAvgCounter", "uint16_t (const char *, struct ThreadVars_ *)",
     "StatsCounterAvgId (const char *, StatsThreadContext *)"},
    {"StatsRegisterCounter", "uint16_t (const char *, struct ThreadVars_ *)",
     "StatsCounterId (const char *, StatsThreadContext *)"},
    {"StatsRegisterGlobalCounter", "uint16_t (const char *, uint64_t (*)(void))",
     "StatsCounterGlobalId (const char *, uint64_t (*)(void))"},
    {"StatsRegisterMaxCounter", "uint16_t (const char *, struct ThreadVars_ *)",
     "StatsCounterMaxId (const char *, StatsThreadContext *)"},
    {"StatsSetupPrivate", "int (struct ThreadVars_ *)", "int (StatsThreadContext *, const char *)"},
    {"StatsSyncCounters", "void (struct ThreadVars_ *)", "void (StatsThreadContext *)"},
    {"StatsSyncCountersIfSignalled", "void (struct ThreadVars_ *)", "void (StatsThreadContext *)"},
    {"StatsThreadCleanup", "void (struct ThreadVars_ *)", "void (StatsThreadContext *)"},
    {"StorageRegister",
     "int (const StorageEnum, const char *, const unsigned int, void *(*)(unsigned int), void "
     "(*)(void *))",
     "int (const StorageEnum, const char *, void (*)(void *))"},
    {"ThreadStorageRegister", SURISIM_REGISTER_80("ThreadStorageId"),
     SURISIM_REGISTER_90("SCThreadStorageId")},
};
#undef SURISIM_REGISTER_80
#undef SURISIM_REGISTER_90

// "`…` in 8.0, `…` in 9.0"; empty: the signature is the same.
std::string signatures_of(std::string_view name) {
  const auto* const found = std::find_if(std::begin(kSignatures), std::end(kSignatures),
                                         [name](const Signature& one) { return one.name == name; });
  if (found == std::end(kSignatures)) return "";
  return fmt::format("`{}` in 8.0, `{}` in 9.0", found->in_80, found->in_90);
}

std::string without_prefix(std::string_view name) {
  return name.starts_with("SC") ? std::string(name.substr(2)) : "";
}

}  // namespace

std::string elsewhere(std::string_view symbol, Suricata version) {
  const Host& host = host_of(version);
  const auto only = only_version_with(symbol);
  if (only && *only != version) {
    const std::string renamed =
        version == Suricata::v9_0 ? "SC" + std::string(symbol) : without_prefix(symbol);
    if (only_version_with(renamed) != version) return fmt::format("is not in {}", host.name);
    const std::string changed =
        signatures_of(version == Suricata::v9_0 ? std::string(symbol) : renamed);
    return fmt::format("is {} in {}{}{}", renamed, host.name, changed.empty() ? "" : ": ", changed);
  }
  const std::string changed = only ? "" : signatures_of(symbol);
  return changed.empty() ? "" : "is " + changed;
}

bool is_suricatas(std::string_view symbol) { return !versions_of(symbol).empty(); }

std::optional<Suricata> only_version_with(std::string_view symbol) {
  const std::string_view versions = versions_of(symbol);
  if (versions == "80") return Suricata::v8_0;
  if (versions == "90") return Suricata::v9_0;
  return std::nullopt;
}

bool is_stand_in(const void* function) {
  const auto* const at = static_cast<const char*>(function);
  return at >= &__start_surisim_stand_ins && at < &__stop_surisim_stand_ins;
}

}  // namespace surisim::abi
