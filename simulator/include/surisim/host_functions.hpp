// The functions of Suricata that a test can replace (host_answers.hpp), with their types.
//
// SURISIM_HOST_FUNCTIONS(X) expands to X(result, name, (types of the arguments)) for each. It does
// not contain functions with variable arguments (SCLog, SCLogErr) and data, which cannot be
// replaced, nor functions that exist only so that plugins load, whose types are not known here. If
// a function's signature differs between versions, it is 9.0's: in 8.0, for example, counter
// functions get a ThreadVars. Functions that only 8.0 has are declared here, with 9.0's names of
// types.
//
// When:    at compile time.
// Threads: any.
// Source:  simulator/include/suricata/.
#pragma once

#include <suricata/app-layer-detect-proto.h>
#include <suricata/app-layer-parser.h>
#include <suricata/app-layer-protos.h>
#include <suricata/app-layer-register.h>
#include <suricata/conf.h>
#include <suricata/counters.h>
#include <suricata/decode.h>
#include <suricata/detect-engine-helper.h>
#include <suricata/detect-engine-register.h>
#include <suricata/device-storage.h>
#include <suricata/flow-callbacks.h>
#include <suricata/flow-storage.h>
#include <suricata/flow.h>
#include <suricata/host-storage.h>
#include <suricata/ippair-storage.h>
#include <suricata/output-eve.h>
#include <suricata/output-flow.h>
#include <suricata/output-json.h>
#include <suricata/output-packet.h>
#include <suricata/output-tx.h>
#include <suricata/output.h>
#include <suricata/rust-bindings.h>
#include <suricata/rust.h>
#include <suricata/suricata-plugin.h>
#include <suricata/suricata.h>
#include <suricata/thread-callbacks.h>
#include <suricata/thread-storage.h>
#include <suricata/threadvars.h>
#include <suricata/util-bpf.h>
#include <suricata/util-buffer.h>
#include <suricata/util-byte.h>
#include <suricata/util-conf.h>
#include <suricata/util-cpu.h>
#include <suricata/util-debug.h>
#include <suricata/util-host-info.h>
#include <suricata/util-mem.h>
#include <suricata/util-print.h>
#include <suricata/util-storage.h>
#include <suricata/util-time.h>

#include <cstdint>

// clang-format off
// Flows, and their values.
#define SURISIM_HOST_FLOW_FUNCTIONS(X) \
  X(void, SCFlowGetLastTimeAsParts, (const Flow*, uint64_t*, uint64_t*)) \
  X(uint64_t, SCFlowGetFlags, (const Flow*)) \
  X(uint16_t, SCFlowGetSourcePort, (const Flow*)) \
  X(uint16_t, SCFlowGetDestinationPort, (const Flow*)) \
  X(uint8_t, SCFlowGetIPProtocol, (const Flow*)) \
  X(AppProto, SCFlowGetAppProtocol, (const Flow*)) \
  X(const uint8_t*, SCFlowGetSourceAddressAsRawPtr, (const Flow*)) \
  X(const uint8_t*, SCFlowGetDestinationAddressAsRawPtr, (const Flow*)) \
  X(bool, SCFlowIsIPv4, (const Flow*)) \
  X(bool, SCFlowIsIPv6, (const Flow*)) \
  X(uint32_t, SCFlowGetToServerPacketCount, (const Flow*)) \
  X(uint32_t, SCFlowGetToClientPacketCount, (const Flow*)) \
  X(unsigned int, SCFlowStorageSize, ()) \
  X(SCFlowStorageId, SCFlowStorageRegister, (const char*, void (*)(void*))) \
  X(void*, SCFlowGetStorageById, (const Flow*, SCFlowStorageId)) \
  X(int, SCFlowSetStorageById, (Flow*, SCFlowStorageId, void*)) \
  X(void, SCFlowFreeStorageById, (Flow*, SCFlowStorageId)) \
  X(bool, SCFlowRegisterInitCallback, (SCFlowInitCallbackFn, void*)) \
  X(bool, SCFlowRegisterUpdateCallback, (SCFlowUpdateCallbackFn, void*)) \
  X(bool, SCFlowRegisterFinishCallback, (SCFlowFinishCallbackFn, void*))
// Threads, and their values.
#define SURISIM_HOST_THREAD_FUNCTIONS(X) \
  X(unsigned int, SCThreadStorageSize, ()) \
  X(SCThreadStorageId, SCThreadStorageRegister, (const char*, void (*)(void*))) \
  X(void*, SCThreadGetStorageById, (const ThreadVars*, SCThreadStorageId)) \
  X(int, SCThreadSetStorageById, (ThreadVars*, SCThreadStorageId, void*)) \
  X(void, SCThreadFreeStorageById, (ThreadVars*, SCThreadStorageId)) \
  X(bool, SCThreadRegisterInitCallback, (SCThreadInitCallbackFn, void*))
// Statistics counters.
#define SURISIM_HOST_COUNTER_FUNCTIONS(X) \
  X(StatsCounterId, StatsRegisterCounter, (const char*, StatsThreadContext*)) \
  X(StatsCounterAvgId, StatsRegisterAvgCounter, (const char*, StatsThreadContext*)) \
  X(StatsCounterMaxId, StatsRegisterMaxCounter, (const char*, StatsThreadContext*)) \
  X(StatsCounterGlobalId, StatsRegisterGlobalCounter, (const char*, uint64_t (*)(void))) \
  X(StatsCounterDeriveId, StatsRegisterDeriveDivCounter, (const char*, const char*, \
    const char*, StatsThreadContext*)) \
  X(void, StatsCounterIncr, (StatsThreadContext*, StatsCounterId)) \
  X(void, StatsCounterDecr, (StatsThreadContext*, StatsCounterId)) \
  X(void, StatsCounterAddI64, (StatsThreadContext*, StatsCounterId, int64_t)) \
  X(void, StatsCounterSetI64, (StatsThreadContext*, StatsCounterId, int64_t)) \
  X(void, StatsCounterMaxUpdateI64, (StatsThreadContext*, StatsCounterMaxId, int64_t)) \
  X(void, StatsCounterAvgAddI64, (StatsThreadContext*, StatsCounterAvgId, int64_t)) \
  X(int64_t, StatsCounterGetLocalValue, (StatsThreadContext*, StatsCounterId)) \
  X(bool, StatsEnabled, ())
// Of 8.0 only.
#define SURISIM_HOST_8_0_FUNCTIONS(X) \
  X(unsigned int, ThreadStorageSize, ()) \
  X(SCThreadStorageId, ThreadStorageRegister, (const char*, unsigned int, \
    void* (*)(unsigned int), void (*)(void*))) \
  X(void*, ThreadGetStorageById, (const ThreadVars*, SCThreadStorageId)) \
  X(int, ThreadSetStorageById, (ThreadVars*, SCThreadStorageId, void*)) \
  X(void*, ThreadAllocStorageById, (ThreadVars*, SCThreadStorageId)) \
  X(void, ThreadFreeStorageById, (ThreadVars*, SCThreadStorageId)) \
  X(unsigned int, FlowStorageSize, ()) \
  X(SCFlowStorageId, FlowStorageRegister, (const char*, unsigned int, \
    void* (*)(unsigned int), void (*)(void*))) \
  X(void*, FlowGetStorageById, (const Flow*, SCFlowStorageId)) \
  X(int, FlowSetStorageById, (Flow*, SCFlowStorageId, void*)) \
  X(void*, FlowAllocStorageById, (Flow*, SCFlowStorageId)) \
  X(void, FlowFreeStorageById, (Flow*, SCFlowStorageId)) \
  X(void, FlowGetLastTimeAsParts, (Flow*, uint64_t*, uint64_t*)) \
  X(uint32_t, FlowGetFlags, (Flow*)) \
  X(uint16_t, FlowGetSourcePort, (Flow*)) \
  X(uint16_t, FlowGetDestinationPort, (Flow*)) \
  X(void, StatsIncr, (ThreadVars*, uint16_t)) \
  X(void, StatsDecr, (ThreadVars*, uint16_t)) \
  X(void, StatsAddUI64, (ThreadVars*, uint16_t, uint64_t)) \
  X(void, StatsSetUI64, (ThreadVars*, uint16_t, uint64_t)) \
  X(uint64_t, StatsGetLocalCounterValue, (ThreadVars*, uint16_t))
// Storage of any kind.
#define SURISIM_HOST_STORAGE_FUNCTIONS(X) \
  X(unsigned int, SCHostStorageSize, ()) \
  X(SCHostStorageId, SCHostStorageRegister, (const char*, void (*)(void*))) \
  X(unsigned int, SCIPPairStorageSize, ()) \
  X(SCIPPairStorageId, SCIPPairStorageRegister, (const char*, void (*)(void*))) \
  X(unsigned int, SCLiveDevStorageSize, ()) \
  X(SCLiveDevStorageId, SCLiveDevStorageRegister, (const char*, void (*)(void*))) \
  X(int, SCStorageRegister, (StorageEnum, const char*, void (*)(void*))) \
  X(unsigned int, SCStorageGetCnt, (StorageEnum)) \
  X(unsigned int, SCStorageGetSize, (StorageEnum)) \
  X(void*, SCStorageGetById, (const Storage*, StorageEnum, int)) \
  X(int, SCStorageSetById, (Storage*, StorageEnum, int, void*)) \
  X(void, SCStorageFreeById, (Storage*, StorageEnum, int))
// The configuration.
#define SURISIM_HOST_CONF_FUNCTIONS(X) \
  X(SCConfNode*, SCConfGetRootNode, ()) \
  X(const char*, SCConfigGetLogDirectory, ()) \
  X(SCConfNode*, ConfFindDeviceConfig, (SCConfNode*, const char*)) \
  X(void, ConfSetBPFFilter, (SCConfNode*, SCConfNode*, const char*, const char**)) \
  X(void, SCConfCreateContextBackup, ()) \
  X(void, SCConfRestoreContextBackup, ()) \
  X(int, SCConfGet, (const char*, const char**)) \
  X(int, SCConfGetNonNull, (const char*, const char**)) \
  X(int, SCConfGetInt, (const char*, intmax_t*)) \
  X(int, SCConfGetBool, (const char*, int*)) \
  X(int, SCConfGetDouble, (const char*, double*)) \
  X(int, SCConfGetFloat, (const char*, float*)) \
  X(int, SCConfGetTime, (const char*, uint64_t*)) \
  X(SCConfNode*, SCConfGetNode, (const char*)) \
  X(int, SCConfSet, (const char*, const char*)) \
  X(int, SCConfSetFinal, (const char*, const char*)) \
  X(int, SCConfSetFromString, (const char*, int)) \
  X(SCConfNode*, SCConfNodeGetNodeOrCreate, (SCConfNode*, const char*, int)) \
  X(void, SCConfDump, ()) \
  X(void, SCConfNodeDump, (const SCConfNode*, const char*)) \
  X(SCConfNode*, SCConfNodeNew, ()) \
  X(void, SCConfNodeFree, (SCConfNode*)) \
  X(void, SCConfNodeRemove, (SCConfNode*)) \
  X(int, SCConfRemove, (const char*)) \
  X(void, SCConfNodePrune, (SCConfNode*)) \
  X(SCConfNode*, SCConfNodeLookupChild, (const SCConfNode*, const char*)) \
  X(const char*, SCConfNodeLookupChildValue, (const SCConfNode*, const char*)) \
  X(SCConfNode*, SCConfNodeLookupKeyValue, (const SCConfNode*, const char*, const char*)) \
  X(int, SCConfNodeChildValueIsTrue, (const SCConfNode*, const char*)) \
  X(int, SCConfNodeChildValueIsFalse, (const SCConfNode*, const char*)) \
  X(bool, SCConfNodeHasChildren, (const SCConfNode*)) \
  X(int, SCConfNodeIsSequence, (const SCConfNode*)) \
  X(SCConfNode*, SCConfGetFirstNode, (const SCConfNode*)) \
  X(SCConfNode*, SCConfGetNextNode, (const SCConfNode*)) \
  X(const char*, SCConfGetValueNode, (const SCConfNode*)) \
  X(int, SCConfGetChildValue, (const SCConfNode*, const char*, const char**)) \
  X(int, SCConfGetChildValueInt, (const SCConfNode*, const char*, intmax_t*)) \
  X(int, SCConfGetChildValueBool, (const SCConfNode*, const char*, int*)) \
  X(SCConfNode*, SCConfGetChildWithDefault, (const SCConfNode*, const SCConfNode*, const char*)) \
  X(int, SCConfGetChildValueWithDefault, (const SCConfNode*, const SCConfNode*, \
    const char*, const char**)) \
  X(int, SCConfGetChildValueIntWithDefault, (const SCConfNode*, const SCConfNode*, \
    const char*, intmax_t*)) \
  X(int, SCConfGetChildValueBoolWithDefault, (const SCConfNode*, const SCConfNode*, \
    const char*, int*)) \
  X(int, SCConfValIsTrue, (const char*)) \
  X(int, SCConfValIsFalse, (const char*)) \
  X(SCConfNode*, SCConfSetIfaceNode, (const char*, const char*)) \
  X(int, SCConfSetRootAndDefaultNodes, (const char*, const char*, SCConfNode**, SCConfNode**))
// EVE records; and durations.
#define SURISIM_HOST_JSON_FUNCTIONS(X) \
  X(SCJsonBuilder*, SCJbNewObject, ()) \
  X(SCJsonBuilder*, SCJbNewArray, ()) \
  X(SCJsonBuilder*, SCJbClone, (SCJsonBuilder*)) \
  X(void, SCJbFree, (SCJsonBuilder*)) \
  X(void, SCJbReset, (SCJsonBuilder*)) \
  X(const uint8_t*, SCJbPtr, (SCJsonBuilder*)) \
  X(uintptr_t, SCJbLen, (const SCJsonBuilder*)) \
  X(uintptr_t, SCJbCapacity, (SCJsonBuilder*)) \
  X(bool, SCJbOpenObject, (SCJsonBuilder*, const char*)) \
  X(bool, SCJbOpenArray, (SCJsonBuilder*, const char*)) \
  X(bool, SCJbStartObject, (SCJsonBuilder*)) \
  X(bool, SCJbClose, (SCJsonBuilder*)) \
  X(void, SCJbGetMark, (SCJsonBuilder*, SCJsonBuilderMark*)) \
  X(bool, SCJbRestoreMark, (SCJsonBuilder*, SCJsonBuilderMark*)) \
  X(bool, SCJbSetString, (SCJsonBuilder*, const char*, const char*)) \
  X(bool, SCJbSetStringFromBytes, (SCJsonBuilder*, const char*, const uint8_t*, uint32_t)) \
  X(bool, SCJbSetPrintAsciiString, (SCJsonBuilder*, const char*, const uint8_t*, uint32_t)) \
  X(bool, SCJbSetBase64, (SCJsonBuilder*, const char*, const uint8_t*, uint32_t)) \
  X(bool, SCJbSetHex, (SCJsonBuilder*, const char*, const uint8_t*, uint32_t)) \
  X(bool, SCJbSetUint, (SCJsonBuilder*, const char*, uint64_t)) \
  X(bool, SCJbSetInt, (SCJsonBuilder*, const char*, int64_t)) \
  X(bool, SCJbSetFloat, (SCJsonBuilder*, const char*, double)) \
  X(bool, SCJbSetBool, (SCJsonBuilder*, const char*, bool)) \
  X(bool, SCJbSetObject, (SCJsonBuilder*, const char*, SCJsonBuilder*)) \
  X(bool, SCJbSetFormatted, (SCJsonBuilder*, const char*)) \
  X(bool, SCJbAppendString, (SCJsonBuilder*, const char*)) \
  X(bool, SCJbAppendStringFromBytes, (SCJsonBuilder*, const uint8_t*, uint32_t)) \
  X(bool, SCJbAppendBase64, (SCJsonBuilder*, const uint8_t*, uint32_t)) \
  X(bool, SCJbAppendUint, (SCJsonBuilder*, uint64_t)) \
  X(bool, SCJbAppendFloat, (SCJsonBuilder*, double)) \
  X(bool, SCJbAppendObject, (SCJsonBuilder*, const SCJsonBuilder*)) \
  X(int, SCParseTimeDuration, (const char*, uint64_t*))
// EVE callbacks, file types, loggers.
#define SURISIM_HOST_OUTPUT_FUNCTIONS(X) \
  X(bool, SCRegisterEveFileType, (SCEveFileType*)) \
  X(SCEveFileType*, SCEveFindFileType, (const char*)) \
  X(bool, SCEveRegisterCallback, (SCEveUserCallbackFn, void*)) \
  X(int, SCOutputEvePreRegisterLogger, (EveJsonTxLoggerRegistrationData)) \
  X(int, SCRegisterOnLoggingReady, (SCOnLoggingReadyCallback, void*)) \
  X(int, SCOutputRegisterFlowLogger, (const char*, FlowLogger, void*, ThreadInitFunc, \
    ThreadDeinitFunc)) \
  X(int, SCOutputRegisterPacketLogger, (LoggerId, const char*, PacketLogger, \
    PacketLogCondition, void*, ThreadInitFunc, ThreadDeinitFunc)) \
  X(int, SCOutputRegisterTxLogger, (LoggerId, const char*, AppProto, TxLogger, void*, int, \
    int, TxLoggerCondition, ThreadInitFunc, ThreadDeinitFunc)) \
  X(int, SCOutputRegisterTxLoggerForSubState, (LoggerId, const char*, AppProto, uint8_t, \
    TxLogger, void*, int, int, TxLoggerCondition, ThreadInitFunc, ThreadDeinitFunc)) \
  X(void, OutputRegisterPacketSubModule, (LoggerId, const char*, const char*, const char*, \
    OutputInitSubFunc, OutputPacketLoggerFunctions*)) \
  X(void, OutputRegisterFlowSubModule, (LoggerId, const char*, const char*, const char*, \
    OutputInitSubFunc, FlowLogger, ThreadInitFunc, ThreadDeinitFunc)) \
  X(void, OutputRegisterTxSubModule, (LoggerId, const char*, const char*, const char*, \
    OutputInitSubFunc, AppProto, TxLogger, ThreadInitFunc, ThreadDeinitFunc)) \
  X(void, OutputRegisterTxSubModuleWithCondition, (LoggerId, const char*, const char*, \
    const char*, OutputInitSubFunc, AppProto, TxLogger, TxLoggerCondition, ThreadInitFunc, \
    ThreadDeinitFunc)) \
  X(void, OutputRegisterTxSubModuleWithProgress, (LoggerId, const char*, const char*, \
    const char*, OutputInitSubFunc, AppProto, TxLogger, int, int, ThreadInitFunc, \
    ThreadDeinitFunc)) \
  X(void, OutputRegisterTxSubModuleWithProgressSubState, (LoggerId, const char*, const char*, \
    const char*, OutputInitSubFunc, AppProto, uint8_t, TxLogger, uint8_t, uint8_t, \
    ThreadInitFunc, ThreadDeinitFunc)) \
  X(OutputInitResult, OutputJsonLogInitSub, (SCConfNode*, OutputCtx*)) \
  X(TmEcode, JsonLogThreadInit, (ThreadVars*, const void*, void**)) \
  X(TmEcode, JsonLogThreadDeinit, (ThreadVars*, void*)) \
  X(OutputJsonThreadCtx*, CreateEveThreadCtx, (ThreadVars*, OutputJsonCtx*)) \
  X(void, FreeEveThreadCtx, (OutputJsonThreadCtx*)) \
  X(SCJsonBuilder*, CreateEveHeader, (const Packet*, enum SCOutputJsonLogDirection, const char*, \
    JsonAddrInfo*, OutputJsonCtx*)) \
  X(SCJsonBuilder*, CreateEveHeaderWithTxId, (const Packet*, enum SCOutputJsonLogDirection, \
    const char*, JsonAddrInfo*, uint64_t, OutputJsonCtx*)) \
  X(void, JsonAddrInfoInit, (const Packet*, enum SCOutputJsonLogDirection, JsonAddrInfo*, \
    OutputJsonCommonSettings*)) \
  X(void, CreateEveFlowId, (SCJsonBuilder*, const Flow*)) \
  X(void, EveAddCommonOptions, (const OutputJsonCommonSettings*, const Packet*, const Flow*, \
    SCJsonBuilder*, enum SCOutputJsonLogDirection)) \
  X(void, EveAddMetadata, (const Packet*, const Flow*, SCJsonBuilder*)) \
  X(int, SCOutputRegisterFileLogger, (LoggerId, const char*, SCFileLogger, void*, ThreadInitFunc, \
    ThreadDeinitFunc)) \
  X(int, SCOutputRegisterFiledataLogger, (LoggerId, const char*, SCFiledataLogger, void*, \
    ThreadInitFunc, ThreadDeinitFunc)) \
  X(int, SCOutputRegisterStreamingLogger, (LoggerId, const char*, SCStreamingLogger, void*, \
    enum SCOutputStreamingType, ThreadInitFunc, ThreadDeinitFunc)) \
  X(void, OutputRegisterFileSubModule, (LoggerId, const char*, const char*, const char*, \
    OutputInitSubFunc, SCFileLogger, ThreadInitFunc, ThreadDeinitFunc)) \
  X(void, OutputRegisterStatsSubModule, (LoggerId, const char*, const char*, const char*, \
    OutputInitSubFunc, StatsLogger, ThreadInitFunc, ThreadDeinitFunc)) \
  X(void, OutputRegisterFiledataModule, (LoggerId, const char*, const char*, OutputInitFunc, \
    SCFiledataLogger, ThreadInitFunc, ThreadDeinitFunc)) \
  X(int, OutputRegisterStatsLogger, (const char*, StatsLogger, OutputCtx*, ThreadInitFunc, \
    ThreadDeinitFunc)) \
  X(void, OutputRegisterStatsModule, (LoggerId, const char*, const char*, OutputInitFunc, \
    StatsLogger, ThreadInitFunc, ThreadDeinitFunc)) \
  X(void, OutputRegisterStreamingModule, (LoggerId, const char*, const char*, OutputInitFunc, \
    SCStreamingLogger, enum SCOutputStreamingType, ThreadInitFunc, ThreadDeinitFunc)) \
  X(void, OutputJsonBuilderBuffer, (ThreadVars*, const Packet*, Flow*, SCJsonBuilder*, \
    OutputJsonThreadCtx*)) \
  X(MemBuffer*, MemBufferCreateNew, (uint32_t)) \
  X(int, MemBufferExpand, (MemBuffer**, uint32_t)) \
  X(void, MemBufferFree, (MemBuffer*)) \
  X(uint32_t, MemBufferWriteRaw, (MemBuffer*, const uint8_t*, uint32_t))
// Protocols, parsers.
#define SURISIM_HOST_APP_LAYER_FUNCTIONS(X) \
  X(const char*, AppProtoToString, (AppProto)) \
  X(const char*, AppProtoToStringRaw, (AppProto)) \
  X(AppProto, StringToAppProto, (const char*)) \
  X(AppProto, AppProtoNewProtoFromString, (const char*)) \
  X(void, AppProtoRegisterProtoString, (AppProto, const char*)) \
  X(int, SCAppLayerProtoDetectConfProtoDetectionEnabled, (const char*, const char*)) \
  X(int, SCAppLayerProtoDetectConfProtoDetectionEnabledDefault, (const char*, const char*, bool)) \
  X(void, SCAppLayerProtoDetectPPRegister, (uint8_t, const char*, AppProto, uint16_t, \
    uint16_t, uint8_t, ProbingParserFPtr, ProbingParserFPtr)) \
  X(int, SCAppLayerProtoDetectPPParseConfPorts, (const char*, uint8_t, const char*, \
    AppProto, uint16_t, uint16_t, ProbingParserFPtr, ProbingParserFPtr)) \
  X(int, SCAppLayerProtoDetectPMRegisterPatternCS, (uint8_t, AppProto, const char*, \
    uint16_t, uint16_t, uint8_t)) \
  X(int, SCAppLayerProtoDetectPMRegisterPatternCI, (uint8_t, AppProto, const char*, \
    uint16_t, uint16_t, uint8_t)) \
  X(int, SCAppLayerProtoDetectPMRegisterPatternCSwPP, (uint8_t, AppProto, const char*, \
    uint16_t, uint16_t, uint8_t, ProbingParserFPtr, uint16_t, uint16_t)) \
  X(int, SCAppLayerProtoDetectPMRegisterPatternCIwPP, (uint8_t, AppProto, const char*, \
    uint16_t, uint16_t, uint8_t, ProbingParserFPtr, uint16_t, uint16_t)) \
  X(int, SCAppLayerParserConfParserEnabled, (const char*, const char*)) \
  X(void, SCAppLayerParserRegisterParserAcceptableDataDirection, (uint8_t, AppProto, uint8_t)) \
  X(void, SCAppLayerParserRegisterLogger, (uint8_t, AppProto)) \
  X(void, SCAppLayerParserRegisterGetTxSubStateFuncs, (AppProto, uint8_t, \
    AppLayerParserGetStateIdByNameFn, AppLayerParserGetStateNameByIdFn)) \
  X(void, SCAppLayerParserSetStreamDepth, (uint8_t, AppProto, uint32_t)) \
  X(int, SCAppLayerParserReallocCtx, (AppProto)) \
  X(AppProto, SCAppLayerRegisterProtocolDetection, (const AppLayerProtocolDetect*, int)) \
  X(int, SCAppLayerRegisterParser, (const AppLayerParser*, AppProto)) \
  X(int, SCAppLayerRegisterParserAlias, (const char*, const char*)) \
  X(int, SCPluginRegisterCapture, (SCCapturePlugin*)) \
  X(int, SCPluginRegisterAppLayer, (SCAppLayerPlugin*))
// Keywords and buffers of rules.
#define SURISIM_HOST_DETECT_FUNCTIONS(X) \
  X(int, SCDetectHelperNewKeywordId, ()) \
  X(uint16_t, SCDetectHelperKeywordRegister, (const SCSigTableAppLiteElmt*)) \
  X(void, SCDetectHelperKeywordAliasRegister, (uint16_t, const char*)) \
  X(int, SCDetectHelperTransformRegister, (const SCTransformTableElmt*)) \
  X(int, SCDetectHelperBufferProgressRegister, (const char*, AppProto, uint8_t, uint8_t)) \
  X(int, SCDetectHelperBufferProgressRegisterSubState, (const char*, AppProto, uint8_t, \
    uint8_t, uint8_t)) \
  X(int, SCDetectHelperBufferMpmRegister, (const char*, const char*, AppProto, uint8_t, \
    InspectionSingleBufferGetDataPtr)) \
  X(int, SCDetectHelperBufferProgressMpmRegister, (const char*, const char*, AppProto, \
    uint8_t, InspectionSingleBufferGetDataPtr, uint8_t)) \
  X(int, SCDetectHelperMultiBufferMpmRegister, (const char*, const char*, AppProto, \
    uint8_t, InspectionMultiBufferGetDataPtr)) \
  X(int, SCDetectHelperMultiBufferProgressMpmRegister, (const char*, const char*, AppProto, \
    uint8_t, InspectionMultiBufferGetDataPtr, uint8_t)) \
  X(int, SCDetectHelperMultiBufferProgressMpmRegisterSubState, (const char*, const char*, \
    AppProto, uint8_t, InspectionMultiBufferGetDataPtr, uint8_t, uint8_t)) \
  X(int, SCDetectRegisterMpmGeneric, (const char*, const char*, AppProto, uint8_t, \
    InspectionBufferGetDataPtr, uint8_t)) \
  X(void, SCDetectRegisterBufferLowerMd5Callbacks, (const char*)) \
  X(int, SCSigTablePreRegister, (void (*)(void))) \
  X(bool, SCSigTableHasKeyword, (const char*)) \
  X(void, SCDetectHelperKeywordSetCleanCString, (uint16_t))
// Log, memory, addresses.
#define SURISIM_HOST_UTIL_FUNCTIONS(X) \
  X(int, SCLogMessage, (SCLogLevel, const char*, unsigned int, const char*, const char*, \
    const char*)) \
  X(SCLogLevel, SCLogGetLogLevel, ()) \
  X(const char*, SCLogLevel2Name, (SCLogLevel)) \
  X(int, SCLogDebugEnabled, ()) \
  X(void, SCFatalErrorOnInitStatic, (const char*)) \
  X(void*, SCMallocFunc, (size_t)) \
  X(void*, SCCallocFunc, (size_t, size_t)) \
  X(void*, SCReallocFunc, (void*, size_t)) \
  X(char*, SCStrdupFunc, (const char*)) \
  X(char*, SCStrndupFunc, (const char*, size_t)) \
  X(void*, SCMallocAlignedFunc, (size_t, size_t)) \
  X(void, SCFreeAlignedFunc, (void*)) \
  X(const char*, PrintInet, (int, const void*, char*, socklen_t)) \
  X(SCTime_t, TimeGet, ()) \
  X(void, CreateIsoTimeString, (SCTime_t, char*, size_t)) \
  X(uint64_t, PcapPacketCntGet, (const Packet*)) \
  X(void, PcapPacketCntSet, (Packet*, uint64_t)) \
  X(int, EngineModeIsIDS, ()) \
  X(int, EngineModeIsIPS, ()) \
  X(bool, EngineModeIsFirewall, ()) \
  X(int, SCKernelVersionIsAtLeast, (int, int)) \
  X(uint16_t, UtilCpuGetNumProcessorsConfigured, ()) \
  X(uint16_t, UtilCpuGetNumProcessorsOnline, ())
// Numbers in texts.
#define SURISIM_HOST_NUMBER_FUNCTIONS(X) \
  X(int, ByteExtractStringUint64, (uint64_t*, int, size_t, const char*)) \
  X(int, StringParseUint64, (uint64_t*, int, size_t, const char*)) \
  X(int, StringParseU64RangeCheck, (uint64_t*, int, size_t, const char*, uint64_t, uint64_t)) \
  X(int, ByteExtractStringUint32, (uint32_t*, int, size_t, const char*)) \
  X(int, StringParseUint32, (uint32_t*, int, size_t, const char*)) \
  X(int, StringParseU32RangeCheck, (uint32_t*, int, size_t, const char*, uint32_t, uint32_t)) \
  X(int, ByteExtractStringUint16, (uint16_t*, int, size_t, const char*)) \
  X(int, StringParseUint16, (uint16_t*, int, size_t, const char*)) \
  X(int, StringParseU16RangeCheck, (uint16_t*, int, size_t, const char*, uint16_t, uint16_t)) \
  X(int, ByteExtractStringUint8, (uint8_t*, int, size_t, const char*)) \
  X(int, StringParseUint8, (uint8_t*, int, size_t, const char*)) \
  X(int, StringParseU8RangeCheck, (uint8_t*, int, size_t, const char*, uint8_t, uint8_t)) \
  X(int, ByteExtractStringInt64, (int64_t*, int, size_t, const char*)) \
  X(int, StringParseInt64, (int64_t*, int, size_t, const char*)) \
  X(int, StringParseI64RangeCheck, (int64_t*, int, size_t, const char*, int64_t, int64_t)) \
  X(int, ByteExtractStringInt32, (int32_t*, int, size_t, const char*)) \
  X(int, StringParseInt32, (int32_t*, int, size_t, const char*)) \
  X(int, StringParseI32RangeCheck, (int32_t*, int, size_t, const char*, int32_t, int32_t)) \
  X(int, ByteExtractStringInt16, (int16_t*, int, size_t, const char*)) \
  X(int, StringParseInt16, (int16_t*, int, size_t, const char*)) \
  X(int, StringParseI16RangeCheck, (int16_t*, int, size_t, const char*, int16_t, int16_t)) \
  X(int, ByteExtractStringInt8, (int8_t*, int, size_t, const char*)) \
  X(int, StringParseInt8, (int8_t*, int, size_t, const char*)) \
  X(int, StringParseI8RangeCheck, (int8_t*, int, size_t, const char*, int8_t, int8_t))
// clang-format on

#define SURISIM_HOST_FUNCTIONS(X)     \
  SURISIM_HOST_FLOW_FUNCTIONS(X)      \
  SURISIM_HOST_THREAD_FUNCTIONS(X)    \
  SURISIM_HOST_COUNTER_FUNCTIONS(X)   \
  SURISIM_HOST_8_0_FUNCTIONS(X)       \
  SURISIM_HOST_STORAGE_FUNCTIONS(X)   \
  SURISIM_HOST_CONF_FUNCTIONS(X)      \
  SURISIM_HOST_JSON_FUNCTIONS(X)      \
  SURISIM_HOST_OUTPUT_FUNCTIONS(X)    \
  SURISIM_HOST_APP_LAYER_FUNCTIONS(X) \
  SURISIM_HOST_DETECT_FUNCTIONS(X)    \
  SURISIM_HOST_UTIL_FUNCTIONS(X)      \
  SURISIM_HOST_NUMBER_FUNCTIONS(X)

extern "C" {
#define SURISIM_DECLARE(result, name, arguments) result name arguments;
SURISIM_HOST_8_0_FUNCTIONS(SURISIM_DECLARE)
#undef SURISIM_DECLARE
}
