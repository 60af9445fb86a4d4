// Knows which functions of Suricata a test can answer in its place, and passes plugins' calls of
// them to the answers. An answer may call the function itself.
#include "abi/answers.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <map>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

#include "abi/host_function.hpp"
#include "abi/suricata_symbols.hpp"
#include "abi/unmodelled.hpp"
#include "base/mutex.hpp"
#include "base/text.hpp"
#include "base/user_input.hpp"
#include "surisim/host_answers.hpp"
#include "surisim/host_functions.hpp"

namespace surisim::abi {

namespace {

enum Index : std::size_t {
#define SURISIM_INDEX(result, name, arguments) k_##name,
  SURISIM_HOST_FUNCTIONS(SURISIM_INDEX)
#undef SURISIM_INDEX
      kFunctions
};

// By index; NULL: none.
std::array<std::atomic<HostFunction>, kFunctions> g_answers{};
std::atomic<int> g_answered{0};

// Within this scope, the thread runs the answer to a plugin's call.
class AnswerScope;
thread_local AnswerScope* innermost_answer __attribute__((tls_model("initial-exec"))) = nullptr;

class AnswerScope {
 public:
  AnswerScope(std::size_t index, const void* call) noexcept
      : index_(index), call_(call), depth_(host_depth++), outer_(innermost_answer) {
    innermost_answer = this;
  }
  ~AnswerScope() {
    innermost_answer = outer_;
    host_depth = depth_;
  }
  AnswerScope(const AnswerScope&) = delete;
  AnswerScope& operator=(const AnswerScope&) = delete;

  const void* call() const { return call_; }
  int depth() const { return depth_; }
  // True if this thread runs the function's answer: then a call of the function comes from there.
  static bool is_under_way(std::size_t index) noexcept {
    for (const AnswerScope* one = innermost_answer; one != nullptr; one = one->outer_) {
      if (one->index_ == index) return true;
    }
    return false;
  }

 private:
  std::size_t index_;
  const void* call_;  // the plugin's
  int depth_;         // host_depth before
  AnswerScope* outer_;
};

// Within this scope, the function itself runs as if the plugin that the answer runs for had called
// it.
class OnBehalf {
 public:
  OnBehalf() noexcept : call_(answered_call), depth_(host_depth) {
    if (innermost_answer == nullptr) return;
    if (!is_own_code(innermost_answer->call())) answered_call = innermost_answer->call();
    host_depth = innermost_answer->depth();
  }
  ~OnBehalf() {
    answered_call = call_;
    host_depth = depth_;
  }
  OnBehalf(const OnBehalf&) = delete;
  OnBehalf& operator=(const OnBehalf&) = delete;

 private:
  const void* call_;
  int depth_;
};

template <std::size_t Index, auto Function>
struct Call;

template <std::size_t Index, class R, class... Arguments, R (*Function)(Arguments...)>
struct Call<Index, Function> {
  // What plugins call instead of the function.
  static R asked(Arguments... arguments) {
    const HostFunction answer = g_answers[Index].load(std::memory_order_acquire);
    if (answer == nullptr || AnswerScope::is_under_way(Index)) return own(arguments...);
    const AnswerScope now(Index, SURISIM_RETURN_ADDRESS);
    return reinterpret_cast<R (*)(Arguments...)>(answer)(arguments...);
  }

  static R own(Arguments... arguments) {
    const OnBehalf plugin;
    // Volatile, so that the call is not inlined: the function uses its return address.
    R (*volatile const function)(Arguments...) = Function;
    return function(arguments...);
  }
};

struct Answerable {
  std::string_view name;  // a literal
  const std::type_info* type;
  HostFunction function;
  HostFunction asked;
  HostFunction own;
};

template <std::size_t Index, auto Function>
Answerable answerable(std::string_view name) {
  return {name, &typeid(std::remove_pointer_t<decltype(Function)>),
          reinterpret_cast<HostFunction>(Function),
          reinterpret_cast<HostFunction>(Call<Index, Function>::asked),
          reinterpret_cast<HostFunction>(Call<Index, Function>::own)};
}

#define SURISIM_SAME(result, name, arguments) \
  static_assert(std::is_same_v<decltype(name), result arguments>, #name);
SURISIM_HOST_FUNCTIONS(SURISIM_SAME)
#undef SURISIM_SAME

const std::array<Answerable, kFunctions>& all() {
#define SURISIM_ROW(result, name, arguments) answerable<k_##name, &::name>(#name),
  // Not constexpr: the functions' addresses are known only when the library is loaded.
  // NOLINTNEXTLINE(readability-identifier-naming)
  static const std::array<Answerable, kFunctions> kAll = {SURISIM_HOST_FUNCTIONS(SURISIM_ROW)};
#undef SURISIM_ROW
  return kAll;
}

// The answers to functions that exist only so that plugins load (unmodelled.hpp), by name.
struct Unmodelled {
  Mutex mutex;
  std::map<std::string_view, HostFunction> answers SURISIM_GUARDED_BY(mutex);
};
Unmodelled& unmodelled() {
  static Unmodelled& kept = *new Unmodelled;
  return kept;
}

// Symbols that cannot have an answer.
constexpr std::string_view kVariadic = "SCLog SCLogErr";
constexpr std::string_view kData =
    "DETECT_TBLSIZE DETECT_TBLSIZE_IDX default_packet_size max_pending_packets "
    "engine_stage_sc_atomic__ g_alproto_max json_addr_info_zero sigmatch_table suricata_ctl_flags "
    "thread_name_workers tmm_modules";
// Called only by capture plugins: in their Init, in a run mode and on packet threads.
constexpr std::string_view kOfCaptures =
    "ChecksumAutoModeCheck DatalinkSetGlobalType DecodeCHDLC DecodeEthernet DecodeNull DecodePPP "
    "DecodeRaw DecodeRegisterPerfCounters DecodeSll DecodeSll2 DecodeThreadVarsAlloc "
    "DecodeThreadVarsFree DecodeUpdatePacketCounters DisableIfaceOffloading EngineDone EngineStop "
    "GetIfaceOffloading GetIfaceRSSQueuesNum LiveBuildDeviceList LiveBuildDeviceListCustom "
    "LiveDeviceBypassedAdd LiveDeviceDropAdd LiveDeviceGetById LiveDeviceGetId "
    "LiveDeviceHasNoStats LiveDeviceInvalidChecksumsGet LiveDevicePktsAdd LiveDevicePktsGet "
    "LiveGetDevice LiveGetDeviceCount LiveGetDeviceName LiveGetOffload LiveGetShortName "
    "LiveRegisterDevice LiveRegisterDeviceName PacketCheckAction PacketCopyData "
    "PacketDecodeFinalize PacketDequeue PacketDequeueNoLock PacketEnqueue PacketEnqueueNoLock "
    "PacketFree PacketFreeOrRelease PacketGetFromAlloc PacketGetFromQueueOrAlloc "
    "PacketPoolGetPacket PacketPoolReturnPacket PacketPoolWait PacketSetData "
    "RunModeRegisterNewRunMode RunModeSetLiveCaptureAutoFp RunModeSetLiveCaptureSingle "
    "RunModeSetLiveCaptureWorkers RunmodeGetActive SCPacketSetDatalink SCPacketSetReleasePacket "
    "SCPacketSetSource SCPacketSetTime SCPluginFindCaptureByName TimeModeSetLive TmModuleGetById "
    "TmModuleGetByName TmModuleGetIDForTM TmSlotSetFuncAppend TmThreadCreate "
    "TmThreadCreatePacketHandler TmThreadSetCPU TmThreadSpawn TmThreadWaitForFlag "
    "TmThreadsCheckFlag TmThreadsSetFlag TmThreadsSlotVarRun TmThreadsUnsetFlag "
    "TmqhInputPacketpool TmqhOutputPacketpool TmqhReleasePacketsToPacketPool";
constexpr std::string_view kOfTheEngine =
    "SCConfDeInit SCConfInit SCConfRegisterTests SCEveRunCallbacks SCFlowFreeStorage "
    "SCFlowRunFinishCallbacks SCFlowRunInitCallbacks SCFlowRunUpdateCallbacks SCOnLoggingReady "
    "SCStorageCleanup SCStorageFinalize SCStorageFreeAll SCStorageInit SCThreadFreeStorage "
    "SCThreadRunInitCallbacks StatsSetupPrivate StatsSyncCounters StatsSyncCountersIfSignalled "
    "StatsThreadCleanup StatsThreadInit ThreadVarsAlloc ThreadVarsFree";

std::string why_not(std::string_view name) {
  const auto is = [name](std::string_view names) { return base::has_word(names, name); };
  if (is(kVariadic))
    return fmt::format(
        "{} has variable arguments, which no function can pass on: it cannot be replaced; what a "
        "plugin logs is in the events, and SCLogMessage can be replaced",
        name);
  if (is(kData) || name.starts_with("thread_name_"))
    return fmt::format("{} is data, not a function: plugins read it without a call", name);
  if (is(kOfCaptures))
    return fmt::format("{} is for capture plugins, which no unit test runs: it cannot be replaced",
                       name);
  if (is(kOfTheEngine))
    return fmt::format("{} is called by Suricata itself, not by plugins: it cannot be replaced",
                       name);
  if (only_version_with(name) == Suricata::v8_0)
    return fmt::format("{} is a function of Suricata 8.0, which cannot be replaced yet", name);
  std::vector<std::string_view> names;
  for (const Answerable& one : all()) names.push_back(one.name);
  names.insert(names.end(), kUnmodelled.begin(), kUnmodelled.end());
  const std::string_view closest = base::closest(name, names);
  return fmt::format("there is no function {} of Suricata's that can be replaced{}",
                     base::shown(name),
                     closest.empty() ? "" : fmt::format("; the closest is {}", closest));
}

// The index, or kFunctions for one that is not modelled.
expected<std::size_t> find(std::string_view name) {
  const auto found = std::find_if(all().begin(), all().end(),
                                  [name](const Answerable& one) { return one.name == name; });
  if (found != all().end()) return static_cast<std::size_t>(found - all().begin());
  if (unmodelled_function(name) != nullptr) return std::size_t{kFunctions};
  return fail(ErrorCode::invalid_option, why_not(name));
}

void set_unmodelled(std::string_view name, HostFunction answer) {
  const HostFunction own = unmodelled_function(name);
  {
    const MutexLock lock(unmodelled().mutex);
    const std::size_t before = unmodelled().answers.size();
    // The key must be the list's string, which outlives the caller's.
    const auto* const literal = std::lower_bound(kUnmodelled.begin(), kUnmodelled.end(), name);
    if (answer == nullptr)
      unmodelled().answers.erase(name);
    else
      unmodelled().answers[*literal] = answer;
    g_answered += static_cast<int>(unmodelled().answers.size()) - static_cast<int>(before);
  }
  point_imports(std::string(name).c_str(), answer == nullptr ? own : answer);
}

void set(std::size_t index, HostFunction answer) {
  const HostFunction before = g_answers[index].exchange(answer, std::memory_order_acq_rel);
  g_answered += (answer != nullptr ? 1 : 0) - (before != nullptr ? 1 : 0);
  const Answerable& one = all()[index];
  point_imports(one.name.data(), answer == nullptr ? one.function : one.asked);
}

expected<void> check_type(std::size_t index, const std::type_info& type) {
  const Answerable& one = all()[index];
  if (*one.type == type) return {};
  return fail(ErrorCode::invalid_option,
              fmt::format("the function given for {} has another type than it has in "
                          "surisim/host_functions.hpp",
                          one.name));
}

}  // namespace

bool has_answers() noexcept { return g_answered.load(std::memory_order_relaxed) > 0; }

void redirect_new_libraries() {
  if (!has_answers()) return;
  for (std::size_t i = 0; i < kFunctions; ++i) {
    if (g_answers[i].load(std::memory_order_acquire) != nullptr)
      point_imports(all()[i].name.data(), all()[i].asked);
  }
  const MutexLock lock(unmodelled().mutex);
  for (const auto& [name, answer] : unmodelled().answers)
    point_imports(std::string(name).c_str(), answer);
}

}  // namespace surisim::abi

namespace surisim {

expected<void> set_host_answer(std::string_view function, HostFunction answer,
                               const std::type_info& type) {
  const auto index = abi::find(function);
  if (!index) return tl::unexpected<Error>(index.error());
  if (*index == abi::kFunctions) {
    abi::set_unmodelled(function, answer);
    return {};
  }
  if (auto same = abi::check_type(*index, type); !same) return same;
  abi::set(*index, answer);
  return {};
}

expected<void> forget_host_answer(std::string_view function) {
  const auto index = abi::find(function);
  if (!index) return tl::unexpected<Error>(index.error());
  *index == abi::kFunctions ? abi::set_unmodelled(function, nullptr) : abi::set(*index, nullptr);
  return {};
}

void forget_host_answers() {
  for (std::size_t i = 0; i < abi::kFunctions; ++i) {
    if (abi::g_answers[i].load() != nullptr) abi::set(i, nullptr);
  }
  std::vector<std::string_view> names;
  {
    const MutexLock lock(abi::unmodelled().mutex);
    for (const auto& [name, answer] : abi::unmodelled().answers) names.push_back(name);
  }
  for (const std::string_view name : names) abi::set_unmodelled(name, nullptr);
}

expected<HostFunction> own_host_answer(std::string_view function, const std::type_info& type) {
  const auto index = abi::find(function);
  if (!index) return tl::unexpected<Error>(index.error());
  if (*index == abi::kFunctions) return abi::unmodelled_function(function);
  if (const auto same = abi::check_type(*index, type); !same)
    return tl::unexpected<Error>(same.error());
  return abi::all()[*index].own;
}

}  // namespace surisim
