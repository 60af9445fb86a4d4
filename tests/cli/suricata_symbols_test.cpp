// Goal: for a plugin that moves between versions, each function that was renamed, removed or added
// is reported (E27 to E33). Method: the names that the two real engines export, and what is said
// about them.
#include "abi/suricata_symbols.hpp"

#include <gtest/gtest.h>

#include <string>

namespace surisim::abi {
namespace {

constexpr const char* kRenamed[] = {"StorageInit",
                                    "StorageCleanup",
                                    "StorageFinalize",
                                    "StorageRegister",
                                    "StorageGetCnt",
                                    "StorageGetSize",
                                    "StorageGetById",
                                    "StorageSetById",
                                    "StorageFreeById",
                                    "StorageFreeAll",
                                    "FlowGetLastTimeAsParts",
                                    "FlowGetFlags",
                                    "FlowGetSourcePort",
                                    "FlowGetDestinationPort",
                                    "AppLayerParserTriggerRawStreamInspection",
                                    "AppLayerDecoderEventsSetEventRaw",
                                    "AppLayerDecoderEventsFreeEvents",
                                    "AppLayerRegisterParser",
                                    "AppLayerRegisterParserAlias",
                                    "AppLayerRegisterProtocolDetection",
                                    "AppLayerFrameAddEventById",
                                    "AppLayerFrameNewByRelativeOffset",
                                    "AppLayerFrameSetLengthById",
                                    "AppLayerFrameSetTxIdById",
                                    "DetectEngineStateFree",
                                    "DetectGetLastSMFromLists",
                                    "DetectRegisterThreadCtxGlobalFuncs",
                                    "DetectThreadCtxGetGlobalKeywordThreadCtx",
                                    "InspectionBufferGet",
                                    "InspectionBufferSetupAndApplyTransforms",
                                    "FileFlowFlagsToFlags",
                                    "GenericVarFree",
                                    "HTPFileCloseHandleRange",
                                    "HTTP2MimicHttp1Request",
                                    "HttpRangeAppendData",
                                    "HttpRangeContainerOpenFile",
                                    "HttpRangeFreeBlock",
                                    "MpmAddPatternCI",
                                    "RequiresFeature",
                                    "SigMatchSilentErrorEnabled",
                                    "SigTableHasKeyword",
                                    "DatasetAdd",
                                    "DatasetAddwRep",
                                    "BasicSearchNocaseIndex",
                                    "SRepCatGetByShortname"};

constexpr const char* kGone[] = {"StorageAllocByIdPrealloc",
                                 "SCGetContext",
                                 "SCRustInit",
                                 "SCErrorToString",
                                 "SCDetectHelperBufferRegister",
                                 "SCRunModeLibIdsRegister",
                                 "SCRunModeLibIdsLive",
                                 "SCRunModeLibIdsOffline",
                                 "SCRunModeLibGetDefaultMode",
                                 "TmThreadSetGroupName",
                                 "LogFlushThreads",
                                 "LogFileRegisterForFlush",
                                 "LogFileUnregisterForFlush",
                                 "StatsAddUI64",
                                 "StatsSetUI64",
                                 "StatsIncr",
                                 "StatsDecr",
                                 "StatsGetLocalCounterValue",
                                 "StatsUpdateCounterArray",
                                 "AlertQueueAppend",
                                 "AppLayerFrameGetId",
                                 "StreamTcpSsnStateAsString",
                                 "LogTlsLogRegister",
                                 "ThresholdCacheThreadFree",
                                 "CreateStringFromByteArray",
                                 "FlowBitToggle",
                                 "suricata_context",
                                 "host_mode",
                                 "t_pcapcnt",
                                 "threshold_cache_tree",
                                 "threshold_cache_housekeeping_ts",
                                 "DNP3FunctionNameMap",
                                 "DNP3IndicatorsMap"};

constexpr const char* kNew[] = {"ThreadVarsAlloc",
                                "ThreadVarsFree",
                                "StatsThreadInit",
                                "StatsCounterIncr",
                                "StatsCounterDecr",
                                "StatsCounterAddI64",
                                "StatsCounterSetI64",
                                "StatsCounterMaxUpdateI64",
                                "StatsCounterAvgAddI64",
                                "StatsCounterGetLocalValue",
                                "StatsRegisterDeriveDivCounter",
                                "SCFlowGetAppProtocol",
                                "SCFlowGetIPProtocol",
                                "SCFlowGetSourceAddressAsRawPtr",
                                "SCFlowGetDestinationAddressAsRawPtr",
                                "SCFlowGetToServerPacketCount",
                                "SCFlowGetToClientPacketCount",
                                "SCFlowIsIPv4",
                                "SCFlowIsIPv6",
                                "SCLogLevel2Name",
                                "SCOutputRegisterTxLoggerForSubState",
                                "OutputRegisterTxSubModuleWithProgressSubState",
                                "SCAppLayerProtoDetectPMRegisterPatternCIwPP",
                                "SCAppLayerParserRegisterGetTxSubStateFuncs",
                                "SCConfNodeChildValueIsFalse",
                                "SCDetectHelperBufferProgressRegisterSubState",
                                "SCDetectHelperMultiBufferProgressMpmRegisterSubState",
                                "SCDetectRegisterBufferLowerMd5Callbacks",
                                "SCDetectRegisterMpmGeneric",
                                "SCDetectThreadBufDataInit",
                                "SCDetectThreadBufDataFree",
                                "SCIPv6Compress",
                                "PrintInetIPv6",
                                "PcapPacketCntGet",
                                "PcapPacketCntSet",
                                "LiveDeviceGetId",
                                "LiveDeviceGetById",
                                "LogFileRegister",
                                "LogFileUnregister",
                                "LogFileRotateAll",
                                "LogMaintenanceThreadSpawn",
                                "AlertQueueAppendPacket",
                                "AlertQueueAppendAppTx",
                                "AlertQueueAppendAppTxFromPacket",
                                "EngineHostModeIsSniffer",
                                "EngineHostModeIsBridge",
                                "PacketGetAction",
                                "HashTableInitWithSeed",
                                "DecodeIGMP",
                                "DecodeETag",
                                "g_engine_host_mode",
                                "flowbit_cmds",
                                "proto_table"};

constexpr const char* kTheSame[] = {"SCThreadRegisterInitCallback",
                                    "SCThreadRunInitCallbacks",
                                    "SCEveRegisterCallback",
                                    "SCEveRunCallbacks",
                                    "SCRegisterEveFileType",
                                    "SCRegisterOnLoggingReady",
                                    "SCOutputRegisterPacketLogger",
                                    "SCOutputRegisterFlowLogger",
                                    "SCOutputRegisterTxLogger",
                                    "SCOutputRegisterFileLogger",
                                    "SCOutputRegisterFiledataLogger",
                                    "SCOutputRegisterStreamingLogger",
                                    "SCLog",
                                    "SCLogErr",
                                    "SCLogMessage",
                                    "SCLogGetLogLevel",
                                    "SCLogDebugEnabled",
                                    "SCFatalErrorOnInitStatic",
                                    "SCMallocFunc",
                                    "SCCallocFunc",
                                    "SCReallocFunc",
                                    "SCStrdupFunc",
                                    "SCDetectHelperNewKeywordId",
                                    "SCSigMatchAppendSMToList",
                                    "SCPluginRegisterCapture",
                                    "SCPluginRegisterAppLayer",
                                    "TmThreadsSetFlag",
                                    "TmThreadCreatePacketHandler",
                                    "PrintInet",
                                    "sigmatch_table",
                                    "suricata_ctl_flags",
                                    "tmm_modules"};

TEST(SuricatasSymbols, E28_RenamedOnesAreNamedAsTheOtherVersionsInBothDirections) {
  for (const std::string name : kRenamed) {
    EXPECT_TRUE(elsewhere(name, Suricata::v9_0).starts_with("is SC" + name + " in 9.0")) << name;
    EXPECT_TRUE(elsewhere("SC" + name, Suricata::v8_0).starts_with("is " + name + " in 8.0"));
    EXPECT_EQ(elsewhere(name, Suricata::v8_0), "");
  }
}

TEST(SuricatasSymbols, E8_RenamedOnesWithOtherArgumentsHaveBothSignatures) {
  const std::string both =
      "`ThreadStorageId (const char *, const unsigned int, void *(*)(unsigned int), void (*)(void "
      "*))` in 8.0, `SCThreadStorageId (const char *, void (*)(void *))` in 9.0";
  EXPECT_EQ(elsewhere("ThreadStorageRegister", Suricata::v9_0),
            "is SCThreadStorageRegister in 9.0: " + both);
  EXPECT_EQ(elsewhere("SCThreadStorageRegister", Suricata::v8_0),
            "is ThreadStorageRegister in 8.0: " + both);
  for (const std::string name : {"FlowStorageRegister", "HostStorageRegister", "StorageRegister",
                                 "IPPairStorageRegister", "LiveDevStorageRegister", "FlowGetFlags"})
    EXPECT_NE(elsewhere(name, Suricata::v9_0).find("` in 9.0"), std::string::npos) << name;
  EXPECT_EQ(elsewhere("ThreadSetStorageById", Suricata::v9_0), "is SCThreadSetStorageById in 9.0");
}

TEST(SuricatasSymbols, E29_ThoseThatAreGoneAreNotIn9) {
  for (const std::string name : kGone) {
    EXPECT_EQ(only_version_with(name), Suricata::v8_0) << name;
    EXPECT_EQ(elsewhere(name, Suricata::v9_0), "is not in 9.0") << name;
  }
}

TEST(SuricatasSymbols, E30_NewOnesAreNotIn8) {
  for (const std::string name : kNew) {
    EXPECT_EQ(only_version_with(name), Suricata::v9_0) << name;
    EXPECT_EQ(elsewhere(name, Suricata::v8_0), "is not in 8.0") << name;
  }
}

TEST(SuricatasSymbols, E31_TheAccessorsOf9HaveNoNamesWithoutPrefixIn8) {
  for (const std::string name : {"FlowGetAppProtocol", "FlowGetIPProtocol", "FlowIsIPv4"})
    EXPECT_FALSE(is_suricatas(name)) << name;
}

TEST(SuricatasSymbols, E33_NothingIsSaidAboutThoseThatAreTheSame) {
  for (const std::string name : kTheSame) {
    EXPECT_TRUE(is_suricatas(name)) << name;
    EXPECT_EQ(only_version_with(name), std::nullopt) << name;
    for (const Suricata version : {Suricata::v8_0, Suricata::v9_0})
      EXPECT_EQ(elsewhere(name, version), "") << name;
  }
}

}  // namespace
}  // namespace surisim::abi
