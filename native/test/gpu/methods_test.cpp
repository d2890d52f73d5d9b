// The whole list of methods on a GPU.
#include "../harness.h"
#include "../method_rows.h"
#include "error.h"
#include "gpu.h"

using namespace dc;
using namespace dc::test;
using methods::Session;
using run::Event;

namespace {

// Share of the items that are in the class that most of their cluster is of.
double purity(const at::Tensor& labels, const at::Tensor& classes) {
  std::map<int64_t, std::map<int64_t, int64_t>> members;
  const at::Tensor own = labels.to(at::kLong).contiguous(), wanted = classes.contiguous();
  for (int64_t i = 0; i < own.numel(); ++i) ++members[own.data_ptr<int64_t>()[i]][wanted.data_ptr<int64_t>()[i]];
  int64_t most = 0;
  for (const auto& [cluster, counts] : members) {
    most += std::max_element(counts.begin(), counts.end(), [](const auto& a, const auto& b) { return a.second < b.second; })->second;
  }
  return static_cast<double>(most) / static_cast<double>(own.numel());
}

}  // namespace

TEST("gpu: every method trains, finds what the CPU finds, answers, samples, and moves to the CPU") {
  const at::Device device = gpu();
  for (const MethodRow& row : method_rows()) {
    Session trained(row.spec(device)), reference(row.spec(at::kCPU)), moved(row.spec(at::kCPU)), loaded(row.spec(device));
    const Fitted received = fit(trained, row.data.items), wanted = fit(reference, row.data.items);
    if (wanted.results.contains("labels")) {
      // Other random numbers: as good a clustering, not the same one.
      EXPECT(purity(received.results.at("labels"), row.data.labels) > purity(wanted.results.at("labels"), row.data.labels) - 0.1);
    }
    for (Session* session : {&loaded, &moved}) session->restore(*trained.state());
    std::atomic<bool> cancelled{false};
    for (const std::string& operation : row.operations) {
      for (const auto& [name, tensor] : trained.infer(operation, row.data.items, cancelled)) {
        EXPECT_CLOSE(loaded.infer(operation, row.data.items, cancelled).at(name), tensor, 1e-5, 1e-5);
        EXPECT_CLOSE(moved.infer(operation, row.data.items, cancelled).at(name), tensor, 1e-2, 1e-2);
      }
    }
    if (!row.samples) continue;
    for (const auto& [name, tensor] : trained.generate("sample", nine_samples())) EXPECT(tensor.size(0) == 9);
  }
}

TEST("gpu: captured steps give the losses of steps launched one by one, and none of them falls back") {
  const at::Device device = gpu();
  for (const MethodRow& row : method_rows()) {
    if (row.budget.empty()) continue;  // no epochs
    Session captured(row.spec(device)), eager(row.spec(device, /*capture=*/false));
    const Fitted received = fit(captured, row.data.items), wanted = fit(eager, row.data.items);
    EXPECT(received.events.size() >= wanted.events.size());
    std::vector<double> losses[2];
    for (const Event& event : received.events)
      EXPECT(event.kind != Event::Kind::warning || event.message.find("recorded") == std::string::npos);
    for (const Fitted* fitted : {&received, &wanted}) {
      for (const Event& event : fitted->events) {
        // Of the first phase: small differences of later starts are other clusters.
        if (event.kind == Event::Kind::epoch && event.phase == fitted->events.front().phase && !event.values.empty())
          losses[fitted == &wanted].push_back(event.values.front().second);
      }
    }
    EXPECT_CLOSE(at::tensor(losses[0], at::kDouble), at::tensor(losses[1], at::kDouble), 1e-4, 1e-2);
  }
}

TEST("gpu: an aborted run goes on, and two models train at once") {
  const at::Device device = gpu();
  const std::vector<MethodRow> rows = method_rows();
  const MethodRow& row = rows.front();
  Session broken(row.spec(device)), resumed(row.spec(device));
  EXPECT(code_of([&] { fit(broken, row.data.items, "train", 12); }) == "ABORTED");
  resumed.restore(*broken.state());
  fit(resumed, row.data.items);
  std::exception_ptr failure;
  std::thread beside([&] {
    try {
      Session other(rows[6].spec(device, records_at_once()));
      fit(other, rows[6].data.items);
    } catch (...) {
      failure = std::current_exception();
    }
  });
  Session own(row.spec(device, records_at_once()));
  fit(own, row.data.items);
  beside.join();
  if (failure) std::rethrow_exception(failure);
}
