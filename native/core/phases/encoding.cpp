#include "phases/encoding.h"

#include "data/rows.h"
#include "device/host_memory.h"

namespace dc::phases {

data::Rows encoded(const Encode& encode, int64_t dimensions, const data::Dataset& data, const data::Scaling& scaling, const run::Run& run) {
  const data::Rows x = data::Rows::of(data, scaling);
  const at::TensorOptions floats = at::TensorOptions().dtype(at::kFloat).device(data.device());
  // Whoever asks, the network sees as many rows at a time.
  const auto in_parts = [encode, dimensions, floats, &run](int64_t rows, const std::function<at::Tensor(int64_t, int64_t)>& part) {
    at::NoGradGuard no_grad;
    at::Tensor z = at::empty({rows, dimensions}, floats);
    each_block(rows, run.poller(), [&](int64_t begin, int64_t end) { z.slice(0, begin, end).copy_(encode(part(begin, end))); });
    return z;
  };
  return {x.n, dimensions, x.device,
          [in_parts, block = x.block](int64_t first, int64_t last) {
            return in_parts(last - first, [&](int64_t begin, int64_t end) { return block(first + begin, first + end); });
          },
          [in_parts, gather = x.gather](const at::Tensor& index) {
            return in_parts(index.size(0), [&](int64_t begin, int64_t end) { return gather(index.slice(0, begin, end)); });
          }};
}

data::Rows encoded(const nn::Autoencoder& autoencoder, const data::Dataset& data, const data::Scaling& scaling, const run::Run& run) {
  return encoded([&autoencoder](const at::Tensor& x) { return autoencoder.encode(x); }, autoencoder.options().latent, data, scaling, run);
}

at::Tensor all_of(const data::Rows& codes, const run::Run& run) {
  const at::Tensor z = codes.collected(run.poller());
  device::release_host_memory();  // what comes next works with other sizes
  return z;
}

at::Tensor label_all(const data::Rows& codes, const std::function<at::Tensor(const at::Tensor&)>& label, const run::Run& run) {
  at::NoGradGuard no_grad;
  at::Tensor labels = at::empty({codes.n}, at::TensorOptions().dtype(at::kLong).device(codes.device));
  each_block(codes, run.poller(), [&](int64_t begin, int64_t end, const at::Tensor& z) { labels.slice(0, begin, end).copy_(label(z)); });
  device::release_host_memory();
  return labels;
}

at::Tensor encode_views(const nn::Autoencoder& autoencoder, const data::Dataset& data, const data::Scaling& scaling,
                        const data::Augmentation& augmentation, const at::Tensor& index, int64_t count, run::Run& run) {
  at::Tensor z =
      at::empty({count, index.size(0), autoencoder.options().latent}, at::TensorOptions().dtype(at::kFloat).device(data.device()));
  each_block(index.size(0), run.poller(), [&](int64_t begin, int64_t end) {
    const at::Tensor x = scaling.gather(data, index.slice(0, begin, end));
    for (int64_t view = 0; view < count; ++view) {
      run.poll();
      z[view].slice(0, begin, end).copy_(autoencoder.encode(augmentation(x, run.generator())));
    }
  });
  return z;
}

}  // namespace dc::phases
