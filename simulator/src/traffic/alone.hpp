// Callbacks alone, as the engine sees them: made on demand, and ended before the run is.
//
// When:    after storage is finalized, until the run's end.
// Owner:   the Engine.
// Threads: [main]
// Source:  surisim/callbacks_alone.hpp.
#pragma once

#include <memory>

#include "surisim/callbacks_alone.hpp"
#include "threads/tm_threads.hpp"

namespace surisim::engine {

class Alone : public CallbacksAlone {
 public:
  // Frees what is left, flows first. Later calls of the other functions are errors.
  virtual void end() = 0;
};

// by_hand/callbacks_alone.cpp
std::unique_ptr<Alone> make_alone(TmThreads& threads);

}  // namespace surisim::engine
