// Init itself lets an exception out.
#include <map>
#include <string>

#include "twin.h"

namespace {

void init() {
  const std::map<std::string, int> settings;
  if (settings.at("depth") > 0) SCLogNotice("deep");
}

}  // namespace

TWIN_PLUGIN("throws-in-init", init)
