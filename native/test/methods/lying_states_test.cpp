// States that lie: what a file from a stranger may hold. Each is refused with ERR_FILE_FORMAT, or does no harm.
#include "../fixtures.h"
#include "../harness.h"
#include "error.h"
#include "methods/session.h"

using namespace dc;
using namespace dc::test;
using methods::Session;

namespace {

// What a lie about one tensor may look like.
std::map<std::string, at::Tensor> lies_about(const at::Tensor& tensor) {
  std::map<std::string, at::Tensor> lies;
  const bool whole = at::isIntegralType(tensor.scalar_type(), false);
  lies["another type"] = tensor.to(whole ? at::kFloat : at::kLong);
  lies["one dimension more"] = tensor.unsqueeze(0);
  lies["empty"] = at::empty({0}, tensor.options());
  if (tensor.dim() > 0 && tensor.size(0) > 0) {
    lies["longer"] = at::cat({tensor, tensor});
    lies["shorter"] = tensor.narrow(0, 0, tensor.size(0) - 1).contiguous();
    lies["a number"] = tensor.flatten()[0].clone();
  }
  if (whole) {
    for (const int64_t number : {int64_t{-1}, int64_t{1} << 20, int64_t{std::numeric_limits<int32_t>::min()}}) {
      lies["all " + std::to_string(number)] = at::full_like(tensor, number);
      at::Tensor last = tensor.clone();
      if (last.numel() > 0) last.view({-1})[-1] = number;
      lies["the last " + std::to_string(number)] = last;
    }
  }
  return lies;
}

const std::vector<std::string> kAll{"autoencoder", "dcn",       "gan",     "gaussian-mixture", "infogan", "jule",
                                    "kmeans",      "knn-graph", "linkage", "spectral",         "vade",    "vae"};

// Everything that a caller may do with a model: a lie that was taken must do no harm in any of it.
std::string outcome(const methods::ModelSpec& spec, const NamedTensors& state, const Blobs& data) {
  try {
    Session session(spec);
    session.restore(state);
    std::atomic<bool> cancelled{false};
    for (const std::string operation : {"predict", "predictProba", "transform"}) {
      try {
        session.infer(operation, data.items, cancelled);
      } catch (const Error& error) {
        if (error.code() != "RangeError" && error.code() != "ERR_NOT_FITTED") throw;  // an operation that the method does not have
      }
    }
    fit(session, data.items);
    return "";
  } catch (const Error& error) {
    return error.code();
  } catch (const c10::Error& error) {
    return error.what_without_backtrace();
  }
}

}  // namespace

TEST("lying states: each is refused as a file that is broken, or does no harm, in a finished and in an unfinished model") {
  const Blobs data = blobs(60, 4, 10);
  std::string wrong;
  for (const std::string& method : kAll) {
    const methods::ModelSpec spec = spec_of(method, options_for(method), {10});
    for (const bool finished : {true, false}) {
      Session session(spec);
      if (finished) {
        fit(session, data.items);
      } else {
        const std::map<std::string, std::string> last{{"dcn", "joint"}, {"vade", "joint"}, {"jule", "period 1"}, {"infogan", "train"}};
        if (!last.contains(method)) continue;
        if (code_of([&] { fit(session, data.items, last.at(method), 3); }) != "ABORTED") throw Failed(method + " was not stopped");
      }
      const NamedTensors honest = *session.state();
      EXPECT(outcome(spec, honest, data).empty());
      for (const auto& [name, tensor] : honest) {
        std::map<std::string, at::Tensor> lies = lies_about(tensor);
        lies["missing"] = at::Tensor();
        for (const auto& [lie, value] : lies) {
          NamedTensors state = honest;
          state.erase(name);
          if (value.defined()) state[name] = value;
          const std::string code = outcome(spec, state, data);
          // A weight that is another one may lead anywhere, as any weights may.
          if (code.empty() || code == "ERR_FILE_FORMAT" || code == "ERR_DIVERGED") continue;
          wrong += method + (finished ? "" : ", unfinished") + ", `" + name + "` " + lie + ": " + code.substr(0, 120) + "\n";
        }
      }
    }
  }
  if (!wrong.empty()) throw Failed(wrong);
}

TEST("lying states: progress beyond the run's stages or a phase's epochs is refused") {
  const Blobs data = blobs(60, 4, 10);
  for (const std::string method : {"dcn", "jule", "infogan"}) {
    const methods::ModelSpec spec = spec_of(method, options_for(method), {10});
    Session session(spec);
    fit(session, data.items);
    const auto forged = [&](int64_t stages, int64_t epochs) {
      NamedTensors state = *session.state();
      state["progress.stages"] = at::scalar_tensor(stages, at::kLong);
      state["progress.epochs"] = at::scalar_tensor(epochs, at::kLong);
      return outcome(spec, state, data);
    };
    const int64_t stages = session.state()->at("progress.stages").item<int64_t>();
    EXPECT(forged(stages, 0).empty());
    EXPECT(forged(stages + 1, 0) == "ERR_FILE_FORMAT");
    EXPECT(forged(1'000'000, 0) == "ERR_FILE_FORMAT");
    EXPECT(forged(0, 1'000'000) == "ERR_FILE_FORMAT");
    EXPECT(forged(-1, 0) == "ERR_FILE_FORMAT");
  }
}

TEST("lying states: a state of another number of items than the data is refused when the fit goes on") {
  const Blobs data = blobs(60, 4, 10), more = blobs(80, 4, 10);
  for (const std::string method : {"dcn", "jule", "vade", "infogan"}) {
    const methods::ModelSpec spec = spec_of(method, options_for(method), {10});
    Session session(spec), other(spec);
    fit(session, data.items);
    other.restore(*session.state());
    EXPECT(code_of([&] { fit(other, more.items); }) == "ERR_FILE_FORMAT");
  }
}
