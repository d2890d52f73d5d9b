#include "job_thread.h"

#include "failure.h"

namespace dc::addon {

namespace {

using Work = std::function<void(Napi::Env)>;

void call_js(napi_env env, napi_value, void*, void* data) {
  const std::unique_ptr<Work> work(static_cast<Work*>(data));
  if (env == nullptr) return;  // the environment is being torn down
  const Napi::HandleScope scope(env);
  // What leaves the work, a listener's error or one of the native code, is an uncaught exception of the caller's.
  try {
    (*work)(env);
  } catch (const Napi::Error& error) {
    napi_fatal_exception(env, error.Value());
  } catch (...) {
    napi_fatal_exception(env, to_error(env, describe(std::current_exception())).Value());
  }
}

// How long a thread waits for another job before it ends: calls on small data follow each other in less.
constexpr std::chrono::milliseconds kLinger{100};

// The job threads of one environment; JavaScript thread only.
using JobThreads = std::set<JobThread*>;

}  // namespace

void stop_jobs_at_exit(Napi::Env env) {
  env.SetInstanceData(new JobThreads);
  const Napi::Object process = env.Global().Get("process").ToObject();
  const Napi::Function stop = Napi::Function::New(env, [](const Napi::CallbackInfo& info) {
    for (JobThread* thread : *info.Env().GetInstanceData<JobThreads>()) thread->stop();
  });
  process.Get("once").As<Napi::Function>().Call(process, {Napi::String::New(env, "exit"), stop});
}

JobThread::JobThread(Napi::Env env, std::function<void()> stop_jobs) : env_(env), stop_jobs_(std::move(stop_jobs)) {
  const Napi::String name = Napi::String::New(env, "deep-clustering");
  const napi_status status = napi_create_threadsafe_function(env, nullptr, nullptr, name, /*max_queue_size=*/0, /*threads=*/1, nullptr,
                                                             nullptr, nullptr, call_js, &queue_);
  if (status != napi_ok) throw Napi::Error::New(env, "Cannot create the job thread's queue");
  napi_unref_threadsafe_function(env, queue_);
  // Cleanup hooks run last in, first out: this one joins the thread before the queue it speaks through is taken away.
  napi_add_env_cleanup_hook(env, stop_hook, this);
  env.GetInstanceData<JobThreads>()->insert(this);
}

JobThread::~JobThread() {
  if (JobThreads* threads = Napi::Env(env_).GetInstanceData<JobThreads>()) threads->erase(this);
  napi_remove_env_cleanup_hook(env_, stop_hook, this);
  stop();
}

void JobThread::stop_hook(void* self) { static_cast<JobThread*>(self)->stop(); }

void JobThread::stop() {
  if (queue_ == nullptr) return;
  stop_jobs_();
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
    jobs_.clear();
  }
  wake_.notify_one();
  if (thread_.joinable()) thread_.join();
  napi_release_threadsafe_function(queue_, napi_tsfn_abort);
  queue_ = nullptr;
}

void JobThread::post(std::function<void()> job) {
  if (queue_ == nullptr) return;  // the environment is ending
  if (pending_++ == 0) napi_ref_threadsafe_function(env_, queue_);
  bool running;
  {
    const std::lock_guard lock(mutex_);
    jobs_.push_back(std::move(job));
    running = std::exchange(running_, true);
  }
  if (running) return wake_.notify_one();
  if (thread_.joinable()) thread_.join();  // it has left its loop
  thread_ = std::thread([this] { loop(); });
}

void JobThread::rest() {
  {
    const std::lock_guard lock(mutex_);
    resting_ = true;
  }
  wake_.notify_one();
}

void JobThread::settled() {
  if (--pending_ == 0 && queue_ != nullptr) napi_unref_threadsafe_function(env_, queue_);
}

void JobThread::reply(Work work) {
  auto* data = new Work(std::move(work));
  // The thread is joined before the queue is released, so the queue is there.
  if (napi_call_threadsafe_function(queue_, data, napi_tsfn_nonblocking) != napi_ok) delete data;
}

void JobThread::loop() {
  while (true) {
    std::function<void()> job;
    {
      std::unique_lock lock(mutex_);
      const auto awaited = [&] { return stopping_ || !jobs_.empty(); };
      wake_.wait_for(lock, kLinger, [&] { return resting_ || awaited(); });
      if (stopping_ || jobs_.empty()) {
        running_ = false;
        return;
      }
      job = std::move(jobs_.front());
      jobs_.pop_front();
    }
    job();
  }
}

}  // namespace dc::addon
