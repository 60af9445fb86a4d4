// Functions and data of Suricata that take what a plugin registers, and list it in the report:
// nothing that is registered with them is ever driven.
#pragma once

#include <algorithm>
#include <array>
#include <string_view>

namespace surisim::abi {

// By name.
inline constexpr std::array<std::string_view, 42> kAccepted = {
    "AppProtoNewProtoFromString",
    "AppProtoRegisterProtoString",
    "DETECT_TBLSIZE",
    "DETECT_TBLSIZE_IDX",
    "SCAppLayerParserReallocCtx",
    "SCAppLayerParserRegisterGetTxSubStateFuncs",
    "SCAppLayerParserRegisterLogger",
    "SCAppLayerParserRegisterParserAcceptableDataDirection",
    "SCAppLayerParserSetStreamDepth",
    "SCAppLayerProtoDetectPMRegisterPatternCI",
    "SCAppLayerProtoDetectPMRegisterPatternCIwPP",
    "SCAppLayerProtoDetectPMRegisterPatternCS",
    "SCAppLayerProtoDetectPMRegisterPatternCSwPP",
    "SCAppLayerProtoDetectPPParseConfPorts",
    "SCAppLayerProtoDetectPPRegister",
    "SCAppLayerRegisterParser",
    "SCAppLayerRegisterParserAlias",
    "SCAppLayerRegisterProtocolDetection",
    "SCDetectHelperBufferMpmRegister",
    "SCDetectHelperBufferProgressMpmRegister",
    "SCDetectHelperBufferProgressRegister",
    "SCDetectHelperBufferProgressRegisterSubState",
    "SCDetectHelperKeywordAliasRegister",
    "SCDetectHelperKeywordRegister",
    "SCDetectHelperKeywordSetCleanCString",
    "SCDetectHelperMultiBufferMpmRegister",
    "SCDetectHelperMultiBufferProgressMpmRegister",
    "SCDetectHelperMultiBufferProgressMpmRegisterSubState",
    "SCDetectHelperNewKeywordId",
    "SCDetectHelperTransformRegister",
    "SCDetectRegisterBufferLowerMd5Callbacks",
    "SCDetectRegisterMpmGeneric",
    "SCDetectRegisterThreadCtxGlobalFuncs",
    "SCOutputEvePreRegisterLogger",
    "SCOutputRegisterTxLogger",
    "SCOutputRegisterTxLoggerForSubState",
    "SCPluginRegisterAppLayer",
    "SCPluginRegisterCapture",
    "SCSigTableHasKeyword",
    "SCSigTablePreRegister",
    "sigmatch_table",
    "tmm_modules",
};

static_assert(std::is_sorted(kAccepted.begin(), kAccepted.end()), "keep the list by name");

inline bool is_accepted(std::string_view symbol) {
  return std::binary_search(kAccepted.begin(), kAccepted.end(), symbol);
}

}  // namespace surisim::abi
