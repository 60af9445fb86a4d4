#include "report/callback_table.hpp"

#include <fmt/format.h>

#include <vector>

#include "report/format.hpp"

namespace surisim::report {
namespace {

constexpr std::size_t kManyWorkers = 8;

struct Row {
  std::vector<std::string> names;
  std::uint64_t init = 0, flow_init = 0, flow_update = 0, flow_finish = 0, packets = 0;

  void add(const ThreadSummary& t) {
    names.push_back(t.name);
    init += t.init_callbacks;
    flow_init += t.flow_init;
    flow_update += t.flow_update;
    flow_finish += t.flow_finish;
    packets += t.packets;
  }
  std::vector<std::string> cells(const std::string& label) const {
    return {label,
            grouped(init),
            grouped(flow_init),
            grouped(flow_update),
            grouped(flow_finish),
            grouped(packets)};
  }
};

bool saw_flows(const ThreadSummary& t) {
  return t.flow_init + t.flow_update + t.flow_finish + t.packets > 0;
}

std::string label_of(const Row& row) {
  const std::string names = compress(row.names);
  return names.size() <= 40 ? names : fmt::format("{} others", row.names.size());
}

}  // namespace

std::string callback_table(const Summary& summary, bool verbose, const Style& style) {
  if (summary.threads.empty()) return {};
  std::size_t workers = 0;
  for (const ThreadSummary& t : summary.threads)
    if (t.kind == "packet" && saw_flows(t)) ++workers;
  const bool merge_workers = !verbose && workers > kManyWorkers;

  std::vector<Row> rows;
  Row merged;
  Row quiet;
  Row total;
  for (const ThreadSummary& t : summary.threads) {
    total.add(t);
    if (!verbose && !saw_flows(t)) {
      quiet.add(t);
    } else if (merge_workers && t.kind == "packet") {
      merged.add(t);
    } else {
      rows.emplace_back().add(t);
    }
  }

  total.packets = summary.packets;  // a receiver's are its workers', too

  Table table("lrrrrr", 2);
  table.row({"thread", "thread init", "flow init", "flow update", "flow finish", "packets"});
  if (!merged.names.empty()) table.row(merged.cells(label_of(merged)));
  for (const Row& row : rows) table.row(row.cells(row.names.front()));
  if (!quiet.names.empty()) table.row(quiet.cells(label_of(quiet)));
  table.row(total.cells("total"));
  return "\n" + style.bold("callbacks by thread") + "\n" + table.str();
}

}  // namespace surisim::report
