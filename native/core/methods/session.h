// A model in memory: a method, and its last complete state. Used by one job thread at a time; state() by any thread.
#pragma once

#include <condition_variable>

#include "data/source.h"
#include "methods/method.h"

namespace dc::methods {

class Session {
 public:
  explicit Session(ModelSpec spec) : spec_(std::move(spec)) {}

  // Trains on items, from where the state stands. If it throws, the model holds its last complete state. Epoch events carry codes as
  // `frames` says, whose items are checked.
  NamedTensors fit(const data::Source& items, const std::function<void(const run::Event&)>& listener, const std::atomic<bool>& cancelled,
                   const run::Frames& frames = {});

  // One operation on items, in blocks of bounded size.
  NamedTensors infer(const std::string& operation, const data::Source& items, const std::atomic<bool>& cancelled);

  // One operation that needs no items, with its own values.
  NamedTensors generate(const std::string& operation, const OptionValues& values);

  // The last complete state on the host, or null. Its tensors are never written again.
  //
  // On a GPU it stays there until somebody asks. While a fit runs, its thread makes the copy, in the order of its own work and at its next
  // poll; who asks waits for it.
  std::shared_ptr<const NamedTensors> state();

  // Throws ERR_FILE_FORMAT, before anything is changed, if a tensor does not fit.
  void restore(NamedTensors state);

  const ModelSpec& spec() const { return spec_; }

 private:
  Method& method();  // with the last complete state
  static void check_frames(const run::Frames& frames, int64_t n);
  void check_fitted() const;
  std::shared_ptr<const NamedTensors> kept() const;  // the last complete state, wherever it is
  void keep(NamedTensors state);
  void move_to_host();      // with the lock held
  void answer_who_waits();  // on the thread of the job

  class Fitting;

  ModelSpec spec_;
  std::optional<c10::Stream> stream_;  // of a GPU
  std::unique_ptr<Method> method_;
  mutable std::mutex mutex_;
  std::condition_variable copied_;
  std::shared_ptr<const NamedTensors> state_;  // where the method's tensors are, or on the host
  bool on_host_ = true;                        // which of both
  bool fitting_ = false;
  std::atomic<bool> wanted_{false};  // by who waits for `copied_`
};

}  // namespace dc::methods
