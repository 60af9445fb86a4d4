// The C++ API without GoogleTest.
#include <cstdio>
#include <surisim/runtime.hpp>

int main(int, char** argv) {
  auto runtime = surisim::Runtime::create();
  if (!runtime || !runtime->add_plugin(surisim::PluginSource::file(argv[1])) || !runtime->run()) {
    std::puts("did not run");
    return 1;
  }
  const surisim::Summary summary = runtime->summary();
  std::printf("%zu threads, %llu packets\n", summary.threads.size(),
              static_cast<unsigned long long>(summary.packets));
  for (const surisim::Violation& violation : summary.violations) {
    std::printf("%s: %s\n", violation.rule.c_str(), violation.message.c_str());
  }
  return summary.count(surisim::Severity::error) == 0 && summary.packets > 0 ? 0 : 1;
}
