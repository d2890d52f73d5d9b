// Events of a run on their way to JavaScript: step events are coalesced, everything else is passed on in order.
#pragma once

#include <napi.h>

#include "job_thread.h"
#include "run/run.h"

namespace dc::addon {

// Shared by the job (which sends) and the replies (which deliver).
class Events : public std::enable_shared_from_this<Events> {
 public:
  Events(Napi::Function listener, JobThread& thread) : listener_(Napi::Persistent(listener)), thread_(thread) {}

  // On the job thread.
  void send(const run::Event& event);

  // On the JavaScript thread, when the job has ended.
  void close() { listener_.Reset(); }

 private:
  void deliver(Napi::Env env, const run::Event& event);

  Napi::FunctionReference listener_;
  JobThread& thread_;
  std::chrono::steady_clock::time_point last_step_{};
  std::atomic<bool> step_under_way_{false};
};

}  // namespace dc::addon
