// One native thread that runs jobs in order, and the one queue through which it speaks to the JavaScript thread.
#pragma once

#include <napi.h>

#include <condition_variable>
#include <deque>
#include <functional>
#include <mutex>
#include <set>
#include <thread>

namespace dc::addon {

// Stops every job thread of this environment when the process (or the worker) emits `exit`: process.exit() runs no
// cleanup hook, but it does run libtorch's static destructors, under the feet of a thread that still computes.
void stop_jobs_at_exit(Napi::Env env);

// The thread lives while there are jobs, and a moment longer: an idle one would keep its OpenMP threads, and where libgomp
// counts more of those than processors, the training of every other model loses a fifth of its rate.
//
// Created, used and destroyed on the JavaScript thread; only `reply` is called by the jobs.
class JobThread {
 public:
  // `stop_jobs` must make a running job end soon: it is called before the thread is joined.
  JobThread(Napi::Env env, std::function<void()> stop_jobs);
  ~JobThread();
  JobThread(const JobThread&) = delete;
  JobThread& operator=(const JobThread&) = delete;

  // Ends the running job, drops the waiting ones and joins the thread. Nothing can be posted afterwards.
  void stop();

  // Queues a job. The process stays alive until as many `settled` calls have come as jobs were posted.
  void post(std::function<void()> job);

  // An idle thread ends now instead of in a moment; a running job ends first. No job is to follow.
  void rest();

  // From a job: calls `work` on the JavaScript thread, in the order of the calls. Dropped when the environment ends.
  void reply(std::function<void(Napi::Env)> work);

  // On the JavaScript thread, in the reply that ends a job.
  void settled();

 private:
  void loop();
  static void stop_hook(void* self);

  napi_env env_;
  std::function<void()> stop_jobs_;
  napi_threadsafe_function queue_ = nullptr;
  size_t pending_ = 0;  // jobs posted and not settled; JavaScript thread only

  std::mutex mutex_;
  std::condition_variable wake_;
  std::deque<std::function<void()>> jobs_;
  bool stopping_ = false, resting_ = false;
  bool running_ = false;  // the thread is in its loop
  std::thread thread_;
};

}  // namespace dc::addon
