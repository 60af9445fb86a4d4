// Suricata's functions and data that have no effect here, so that plugins load. Everything that
// Suricata's Rust crates declare or its own plugins import is either modelled or in one of these
// two lists.
//
// When:    at any time.
// Threads: any.
#pragma once

#include <algorithm>
#include <array>
#include <string_view>

// Functions that do nothing: calling one is the violation unsupported-function. Sorted.
// clang-format off
#define SURISIM_UNMODELLED_FUNCTIONS(X) \
  X(AppProtoDetectListNames) X(FileAppendData) X(FileAppendDataById) X(FileAppendGAPById) \
  X(FileApplyTxFlags) X(FileCloseFileById) X(FileContainerRecycle) X(FileOpenFileWithId) \
  X(SCAppLayerDecoderEventsFreeEvents) X(SCAppLayerDecoderEventsSetEventRaw) \
  X(SCAppLayerForceProtocolChange) X(SCAppLayerFrameAddEventById) \
  X(SCAppLayerFrameNewByRelativeOffset) X(SCAppLayerFrameSetLengthById) \
  X(SCAppLayerFrameSetTxIdById) X(SCAppLayerGetEventIdByName) X(SCAppLayerParserStateIssetFlag) \
  X(SCAppLayerParserStateSetFlag) X(SCAppLayerParserTriggerRawStreamInspection) \
  X(SCAppLayerRequestProtocolTLSUpgrade) X(SCAppLayerTxDataCleanup) X(SCBasicSearchNocaseIndex) \
  X(SCDatasetAdd) X(SCDatasetAddwRep) X(SCDetectBufferSetActiveList) X(SCDetectEngineStateFree) \
  X(SCDetectGetLastSMFromLists) X(SCDetectSignatureAddTransform) X(SCDetectSignatureSetAppProto) \
  X(SCDetectThreadCtxGetGlobalKeywordThreadCtx) X(SCEveJsonSimpleGetLogger) \
  X(SCFileFlowFlagsToFlags) X(SCGenericVarFree) X(SCHTPFileCloseHandleRange) \
  X(SCHTTP2MimicHttp1Request) X(SCHttpRangeAppendData) X(SCHttpRangeContainerOpenFile) \
  X(SCHttpRangeFreeBlock) X(SCInspectionBufferCheckAndExpand) X(SCInspectionBufferGet) \
  X(SCInspectionBufferInPlace) X(SCInspectionBufferSetupAndApplyTransforms) \
  X(SCInspectionBufferTruncate) X(SCMapEnumNameToValue) X(SCMapEnumValueToName) \
  X(SCMpmAddPatternCI) X(SCRegisterFlowStorageTests) X(SCRegisterThreadStorageTests) \
  X(SCRequiresFeature) X(SCSRepCatGetByShortname) X(SCSigMatchAppendSMToList) \
  X(SCSigMatchSilentErrorEnabled)
// clang-format on

namespace surisim::abi {

#define SURISIM_NAME(name) std::string_view(#name),
inline constexpr std::array kUnmodelled = {SURISIM_UNMODELLED_FUNCTIONS(SURISIM_NAME)};
#undef SURISIM_NAME
static_assert(std::is_sorted(kUnmodelled.begin(), kUnmodelled.end()), "keep the list by name");

inline bool is_unmodelled(std::string_view function) {
  return std::binary_search(kUnmodelled.begin(), kUnmodelled.end(), function);
}

// NULL: there is no such function.
void (*unmodelled_function(std::string_view name))();

// Functions that accept registrations, which are listed in the report but never used; and the data
// that goes with them.
// clang-format off
inline constexpr auto kAccepted = std::to_array<std::string_view>({
    "AppLayerRegisterParser", "AppLayerRegisterParserAlias", "AppLayerRegisterProtocolDetection",
    "AppProtoNewProtoFromString", "AppProtoRegisterProtoString", "DETECT_TBLSIZE",
    "DETECT_TBLSIZE_IDX", "OutputRegisterFileSubModule", "OutputRegisterFiledataModule",
    "SCAppLayerParserReallocCtx", "SCAppLayerParserRegisterGetTxSubStateFuncs",
    "SCAppLayerParserRegisterLogger", "SCAppLayerParserRegisterParserAcceptableDataDirection",
    "SCAppLayerParserSetStreamDepth", "SCAppLayerProtoDetectPMRegisterPatternCI",
    "SCAppLayerProtoDetectPMRegisterPatternCIwPP", "SCAppLayerProtoDetectPMRegisterPatternCS",
    "SCAppLayerProtoDetectPMRegisterPatternCSwPP", "SCAppLayerProtoDetectPPParseConfPorts",
    "SCAppLayerProtoDetectPPRegister", "SCAppLayerRegisterParser", "SCAppLayerRegisterParserAlias",
    "SCAppLayerRegisterProtocolDetection", "SCDetectHelperBufferMpmRegister",
    "SCDetectHelperBufferProgressMpmRegister", "SCDetectHelperBufferProgressRegister",
    "SCDetectHelperBufferProgressRegisterSubState", "SCDetectHelperKeywordAliasRegister",
    "SCDetectHelperKeywordRegister", "SCDetectHelperKeywordSetCleanCString",
    "SCDetectHelperMultiBufferMpmRegister", "SCDetectHelperMultiBufferProgressMpmRegister",
    "SCDetectHelperMultiBufferProgressMpmRegisterSubState", "SCDetectHelperNewKeywordId",
    "SCDetectHelperTransformRegister", "SCDetectRegisterBufferLowerMd5Callbacks",
    "SCDetectRegisterMpmGeneric", "SCDetectRegisterThreadCtxGlobalFuncs",
    "SCOutputEvePreRegisterLogger", "SCOutputRegisterFileLogger", "SCOutputRegisterFiledataLogger",
    "SCOutputRegisterTxLogger", "SCOutputRegisterTxLoggerForSubState", "SCPluginRegisterAppLayer",
    "SCSigTableHasKeyword", "SCSigTablePreRegister", "sigmatch_table",
});
// clang-format on

static_assert(std::is_sorted(kAccepted.begin(), kAccepted.end()), "keep the list by name");

inline bool is_accepted(std::string_view symbol) {
  return std::binary_search(kAccepted.begin(), kAccepted.end(), symbol);
}

}  // namespace surisim::abi
