// Options and data that several tests start from.
#pragma once

#include "methods/session.h"
#include "temporary_folder.h"

namespace dc::test {

// A small model of any method with a network, on vectors: every option, so that a test only names what it changes.
OptionValues small_options();

// Options of a small VaDE on vectors, with the pure ELBO and a mixture by likelihood.
OptionValues vade_options();

// Options of a small VaDE on images: a start, and terms in training, by the mutual information of augmented views.
OptionValues invariant_options();

// Options with self-training after a method, of a few epochs.
OptionValues self_trained(OptionValues options);

// Options of a small model of any method on vectors.
OptionValues options_for(const std::string& method);

struct Blobs {
  at::Tensor items;   // float32 [n, d]
  at::Tensor labels;  // int64 [n]
};

// n points in `clusters` well separated Gaussian clusters, in turn.
Blobs blobs(int64_t n, int64_t clusters, int64_t d);

// Four kinds of pictures, 12 x 12: a square of any brightness in one of the corners, on noise.
Blobs pictures(int64_t n, int64_t channels);

// Noisy bars on 8 x 8 pixels: 4 groups, by direction and half.
Blobs bars(int64_t n);

// Four kinds of pictures of 12 x 12: a bright square in one of the corners, a little to the side.
Blobs corners(int64_t n, int64_t channels);

// Whether two labelings are the same up to names.
bool same_partition(const at::Tensor& a, const at::Tensor& b);

// The same items in a file of the folder, which must outlive what reads it.
data::Source in_file(const TemporaryFolder& folder, const at::Tensor& items);

struct Fitted {
  NamedTensors results;
  std::vector<run::Event> events;
};

// Runs a session's fit to its end; `stop_after` aborts it after so many steps of the phase `stop_phase`.
Fitted fit(methods::Session& session, const at::Tensor& items, const std::string& stop_phase = "", int64_t stop_after = 0);

// One result of an operation on items.
at::Tensor infer(methods::Session& session, const std::string& operation, const std::string& result, const at::Tensor& items);

// Values of `sample` of a method with codes, NaN for a drawn one.
OptionValues code_draw(double count, std::vector<double> codes, double seed = 3);

methods::ModelSpec spec_of(const std::string& method, const OptionValues& options, std::vector<int64_t> item_shape, uint64_t seed = 0);

// The highest resident memory of the process since it was made, above what was resident then. Skips a test where /proc does not tell.
class PeakMemory {
 public:
  PeakMemory();
  double mib() const;

 private:
  double before_;
};

bool bit_equal(const NamedTensors& a, const NamedTensors& b);

}  // namespace dc::test
