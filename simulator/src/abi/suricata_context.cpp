// SCGetContext and its table of functions, which 8.0's Rust crate calls (E7). Source:
// rust-context.c of 8.0.6.
//
// Only the log is modelled. The others are stand-ins, which must be declared without their headers.
#include <suricata/util-debug.h>

#include "abi/host_function.hpp"

// NOLINTBEGIN(readability-identifier-naming): Suricata's names
extern "C" {
void DetectEngineStateFree();
void AppLayerDecoderEventsSetEventRaw();
void AppLayerDecoderEventsFreeEvents();
void AppLayerParserTriggerRawStreamInspection();
void HttpRangeFreeBlock();
void HTPFileCloseHandleRange();
void FileOpenFileWithId();
void FileCloseFileById();
void FileAppendDataById();
void FileAppendGAPById();
void FileContainerRecycle();
void GenericVarFree();

// In Suricata's order.
struct SuricataContext {
  decltype(&SCLogMessage) log_message;
  void (*others[12])();
};
__attribute__((visibility("default"))) extern const SuricataContext suricata_context;
const SuricataContext suricata_context = {
    SCLogMessage,
    {DetectEngineStateFree, AppLayerDecoderEventsSetEventRaw, AppLayerDecoderEventsFreeEvents,
     AppLayerParserTriggerRawStreamInspection, HttpRangeFreeBlock, HTPFileCloseHandleRange,
     FileOpenFileWithId, FileCloseFileById, FileAppendDataById, FileAppendGAPById,
     FileContainerRecycle, GenericVarFree}};
const SuricataContext* SCGetContext();
}

SURISIM_ABI const SuricataContext* SCGetContext() {
  surisim::abi::note_call(__func__);
  return &suricata_context;
}
// NOLINTEND(readability-identifier-naming)
