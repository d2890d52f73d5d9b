#include "cluster/graph_degree_linkage.h"

#include "cluster/cluster_affinities.h"
#include "error.h"

namespace dc::cluster {

namespace {

constexpr double kNone = -std::numeric_limits<double>::infinity();  // the score of a cluster that has no affinity

// Disjoint sets of 0 .. n - 1; the lowest member stands for its set.
class Sets {
 public:
  explicit Sets(int64_t n) : parent_(n) {
    for (int64_t i = 0; i < n; ++i) parent_[i] = i;
  }
  int64_t find(int64_t i) {
    while (parent_[i] != i) i = parent_[i] = parent_[parent_[i]];
    return i;
  }
  void join(int64_t a, int64_t b) {
    const int64_t x = find(a), y = find(b);
    parent_[std::max(x, y)] = std::min(x, y);
  }

 private:
  std::vector<int64_t> parent_;
};

// Names 0, 1, … for `groups`, in the order in which they first occur: int64 [n].
template <class GroupOf>
at::Tensor numbered_by_first_item(int64_t n, int64_t groups, const GroupOf& group_of) {
  std::vector<int64_t> names(groups, -1);
  at::Tensor labels = at::empty({n}, at::kLong);
  int64_t count = 0;
  for (int64_t i = 0; i < n; ++i) {
    int64_t& name = names[group_of(i)];
    if (name < 0) name = count++;
    labels.data_ptr<int64_t>()[i] = name;
  }
  return labels;
}

// The highest of a fixed number of values that change one at a time; ties go to the lower position.
class Tournament {
 public:
  explicit Tournament(int64_t count) : width_(1) {
    while (width_ < count) width_ *= 2;
    values_.assign(width_, kNone);
    winners_.resize(2 * width_);
    for (int64_t i = 0; i < width_; ++i) winners_[width_ + i] = static_cast<int32_t>(i);
    for (int64_t node = width_ - 1; node > 0; --node) winners_[node] = winners_[2 * node];
  }
  void set(int32_t position, double value) {
    values_[position] = value;
    for (int64_t node = (width_ + position) / 2; node > 0; node /= 2) {
      const int32_t left = winners_[2 * node], right = winners_[2 * node + 1];
      winners_[node] = values_[right] > values_[left] ? right : left;
    }
  }
  int32_t highest() const { return winners_[1]; }
  double value(int32_t position) const { return values_[position]; }

 private:
  int64_t width_;
  std::vector<double> values_;
  std::vector<int32_t> winners_;  // a binary tree: node 1 is the root, the children of v are 2 v and 2 v + 1
};

class Linkage {
 public:
  Linkage(const NeighbourGraph& graph, const data::Rows& x, const at::Tensor& start, int64_t count, const LinkageOptions& options,
          const Poll& poll)
      : options_(options),
        poll_(poll),
        graph_(graph),
        x_(x),
        neighbours_(graph.items.to(at::kCPU).contiguous()),
        squared_(graph.squared_distances.to(at::kCPU).contiguous()),
        affinities_(graph, directed_weights(graph, options.bandwidth), start, count, options.exact, poll),
        scores_(count),
        nearest_(count),
        least_of_nearest_(count),
        remembered_(count),
        alive_(count, true),
        tree_name_(count),
        first_item_(count, -1),
        last_item_(count, -1),
        next_item_(graph.size(), -1),
        start_(start),
        count_(count),
        left_(count),
        least_(options.balance * static_cast<double>(graph.size()) / static_cast<double>(options.clusters)) {
    for (int32_t i = 0; i < count; ++i) {
      tree_name_[i] = i;
      large_ += large(i);
    }
    guarded_ = large_ <= options.clusters && large_ < left_;
    for (int64_t i = 0; i < graph.size(); ++i) {
      const int32_t cluster = affinities_.cluster_of(i);
      (first_item_[cluster] < 0 ? first_item_[cluster] : next_item_[last_item_[cluster]]) = i;
      last_item_[cluster] = i;
    }
  }

  MergeTree run() {
    each_block(count_, poll_, [&](int64_t begin, int64_t end) {
      for (int64_t i = begin; i < end; ++i) rescore(static_cast<int32_t>(i));
    });
    while (left_ > options_.until) {
      const int32_t best = scores_.highest();
      if (scores_.value(best) > kNone) {
        merge(best, nearest_[best].front());
      } else {
        join_smallest();
      }
    }
    const int64_t m = static_cast<int64_t>(merge_affinities_.size());
    return {start_, at::tensor(merges_, at::kLong).view({m, 2}), at::tensor(merge_affinities_, at::kDouble)};
  }

 private:
  struct Near {
    int32_t cluster = -1;
    float distance = std::numeric_limits<float>::infinity();  // squared
  };
  // A cluster only ever grows, or is merged away and has no items: the numbers of items say whether it is still the same.
  struct Remembered {
    Near near;
    int64_t own_items = 0, their_items = 0;
  };

  // The score of cluster i by the merge rule, and its nearest clusters.
  void rescore(int32_t i) {
    largest_.clear();
    const size_t most = static_cast<size_t>(options_.near_clusters);
    const bool barred = guarded_ && large(i);
    for (const auto& link : affinities_.links(i)) {
      if (barred && large(link.other)) continue;
      const double affinity = affinities_.affinity(i, link);
      if (largest_.size() == most && affinity <= largest_.back().first) continue;
      if (largest_.size() == most) largest_.pop_back();
      const auto place =
          std::upper_bound(largest_.begin(), largest_.end(), affinity, [](double a, const auto& other) { return a > other.first; });
      largest_.insert(place, {affinity, link.other});
    }
    nearest_[i].assign(largest_.size(), -1);
    std::transform(largest_.begin(), largest_.end(), nearest_[i].begin(), [](const auto& entry) { return entry.second; });
    least_of_nearest_[i] = largest_.size() == most ? largest_.back().first : 0;
    if (largest_.empty()) return scores_.set(i, kNone);
    const double first = largest_.front().first;
    double gaps = static_cast<double>(most - largest_.size()) * first;
    for (const auto& [affinity, other] : largest_) gaps += first - affinity;
    // A(i, N_1) + lambda / (K_c - 1) sum_k (A(i, N_1) - A(i, N_k))
    scores_.set(i, most > 1 ? first + options_.lambda / static_cast<double>(most - 1) * gaps : first);
  }

  bool large(int32_t cluster) const { return static_cast<double>(affinities_.size(cluster)) >= least_; }

  // As many large clusters as are wanted or fewer, and small ones beside them: no two large ones are merged.
  void update_guard() {
    const bool guard = large_ <= options_.clusters && large_ < left_;
    if (guard == guarded_) return;
    guarded_ = guard;
    for (int32_t i = 0; i < count_; ++i) {
      if (alive_[i] && large(i)) rescore(i);
    }
  }

  // After `gone` was merged into `kept`. What had neither of them among its nearest clusters, and has not now, keeps its score.
  void rescore_around(int32_t kept, int32_t gone) {
    update_guard();
    rescore(kept);
    for (const auto& link : affinities_.links(kept)) {
      const std::vector<int32_t>& nearest = nearest_[link.other];
      const bool had = std::any_of(nearest.begin(), nearest.end(), [&](int32_t cluster) { return cluster == kept || cluster == gone; });
      if (had || affinities_.affinity(kept, link) > least_of_nearest_[link.other]) rescore(link.other);
    }
  }

  void merge(int32_t a, int32_t b) {
    if (merge_affinities_.size() % 256 == 0) poll_();
    merges_.push_back(std::min(tree_name_[a], tree_name_[b]));
    merges_.push_back(std::max(tree_name_[a], tree_name_[b]));
    merge_affinities_.push_back(affinities_.between(a, b));
    large_ -= large(a) + large(b);
    const int32_t kept = affinities_.merge(a, b), gone = kept == a ? b : a;
    large_ += large(kept);
    if (sums_.defined()) sums_[kept] += sums_[gone];
    tree_name_[kept] = count_ + static_cast<int64_t>(merge_affinities_.size()) - 1;
    next_item_[last_item_[kept]] = first_item_[gone];
    last_item_[kept] = last_item_[gone];
    alive_[gone] = false;
    scores_.set(gone, kNone);
    --left_;
    rescore_around(kept, gone);
  }

  // As nearest_to, remembered until one of the two is merged.
  Near remembered_nearest(int32_t cluster) {
    Remembered& last = remembered_[cluster];
    const bool holds =
        last.near.cluster >= 0 && last.own_items == affinities_.size(cluster) && last.their_items == affinities_.size(last.near.cluster);
    if (!holds) {
      last.near = nearest_to(cluster);
      last.own_items = affinities_.size(cluster);
      last.their_items = affinities_.size(last.near.cluster);
    }
    return last.near;
  }

  // The cluster that another is nearest to: by the nearest neighbour that one of its items has outside, or where all neighbours
  // are inside, by the clusters' means.
  Near nearest_to(int32_t cluster) {
    const int64_t k = graph_.neighbours();
    Near nearest;
    for (int64_t item = first_item_[cluster]; item >= 0; item = next_item_[item]) {
      for (int64_t edge = item * k; edge < (item + 1) * k; ++edge) {
        if (squared_.data_ptr<float>()[edge] >= nearest.distance) continue;
        const int32_t other = affinities_.cluster_of(neighbours_.data_ptr<int64_t>()[edge]);
        if (other != cluster) nearest = {other, squared_.data_ptr<float>()[edge]};
      }
    }
    return nearest.cluster >= 0 ? nearest : nearest_by_mean(cluster);
  }

  Near nearest_by_mean(int32_t cluster) {
    poll_();
    if (!sums_.defined()) {
      sums_ = at::zeros({count_, x_.d}, at::TensorOptions().dtype(at::kFloat).device(x_.device));
      each_block(x_, poll_, [&](int64_t begin, int64_t end, const at::Tensor& rows) {
        at::Tensor clusters = at::empty({end - begin}, at::kLong);
        for (int64_t i = begin; i < end; ++i) clusters.data_ptr<int64_t>()[i - begin] = affinities_.cluster_of(i);
        sums_.index_add_(0, clusters.to(x_.device), rows);
      });
    }
    std::vector<float> size(count_), apart(count_, 0.0f);  // apart: infinity for what is no candidate
    for (int32_t i = 0; i < count_; ++i) {
      size[i] = static_cast<float>(std::max<int64_t>(1, affinities_.size(i)));
      if (!alive_[i] || i == cluster) apart[i] = std::numeric_limits<float>::infinity();
    }
    const at::Tensor means = sums_ / at::tensor(size).to(x_.device).unsqueeze(1);
    const at::Tensor distances = (means - means[cluster]).square().sum(1) + at::tensor(apart).to(x_.device);
    const auto [distance, nearest] = distances.min(0);
    return {static_cast<int32_t>(nearest.item<int64_t>()), distance.item<float>()};
  }

  // Where no affinity is left: of the smallest clusters the one that is nearest to another joins it.
  void join_smallest() {
    int64_t size = std::numeric_limits<int64_t>::max();
    for (int32_t i = 0; i < count_; ++i) {
      if (alive_[i]) size = std::min(size, affinities_.size(i));
    }
    int32_t smallest = -1;
    Near nearest;
    for (int32_t i = 0; i < count_; ++i) {
      if (!alive_[i] || affinities_.size(i) != size) continue;
      const Near near = remembered_nearest(i);
      if (smallest < 0 || near.distance < nearest.distance) {
        smallest = i;
        nearest = near;
      }
    }
    merge(smallest, nearest.cluster);
  }

  const LinkageOptions& options_;
  const Poll& poll_;
  const NeighbourGraph& graph_;
  const data::Rows& x_;
  at::Tensor neighbours_, squared_;
  ClusterAffinities affinities_;
  Tournament scores_;
  std::vector<std::vector<int32_t>> nearest_;  // of each cluster the K_c nearest by affinity, the nearest first
  std::vector<double> least_of_nearest_;       // the affinity of the last of them; 0 where there are fewer
  std::vector<Remembered> remembered_;
  std::vector<bool> alive_;
  std::vector<int64_t> tree_name_;
  std::vector<int64_t> first_item_, last_item_, next_item_;  // the items of each cluster, as chains
  std::vector<std::pair<double, int32_t>> largest_;          // of the cluster that is looked at
  at::Tensor start_;
  at::Tensor sums_;  // [c, d]: of the items of each cluster; made where means are needed
  std::vector<int64_t> merges_;
  std::vector<double> merge_affinities_;
  int64_t count_, left_, large_ = 0;
  double least_;  // items of a large cluster
  bool guarded_ = false;
};

}  // namespace

LinkageOptions LinkageOptions::read(const OptionValues& values, const std::string& prefix) {
  const auto name = [&](const char* option) { return option_name(prefix, option); };
  return {.clusters = values.integer("clusters"),
          .until = values.integer("clusters"),
          .bandwidth = values.number(name("bandwidth")),
          .near_clusters = values.integer(name("nearClusters")),
          .lambda = values.number(name("lambda")),
          .exact = values.text(name("update")) == "exact",
          .balance = values.number(name("balance"))};
}

at::Tensor neighbour_chains(const NeighbourGraph& graph, int64_t clusters) {
  const at::Tensor first = graph.items.select(1, 0).to(at::kCPU).contiguous();
  const int64_t n = graph.size();
  Sets sets(n);
  for (int64_t i = 0; i < n; ++i) sets.join(i, first.data_ptr<int64_t>()[i]);
  at::Tensor chains = numbered_by_first_item(n, n, [&](int64_t i) { return sets.find(i); });
  if (chains.max().item<int64_t>() + 1 < clusters) chains = at::arange(n, at::kLong);
  return chains.to(graph.items.device());
}

MergeTree graph_degree_linkage(const NeighbourGraph& graph, const data::Rows& x, const at::Tensor& start, const LinkageOptions& options,
                               const Poll& poll) {
  at::NoGradGuard no_grad;
  return Linkage(graph, x, start, start.max().item<int64_t>() + 1, options, poll).run();
}

at::Tensor cut(const MergeTree& tree, int64_t clusters) {
  const int64_t first = tree.first_clusters(), merges = first - clusters;
  if (merges < 0 || merges > tree.merges.size(0) || clusters < 1) {
    throw Error("RangeError", "Expected from " + std::to_string(first - tree.merges.size(0)) + " to " + std::to_string(first) +
                                  " for `clusters` but received " + std::to_string(clusters) + ": the merge tree has no other cut");
  }
  Sets sets(first + merges);
  const int64_t* pairs = tree.merges.data_ptr<int64_t>();
  for (int64_t row = 0; row < merges; ++row) {
    sets.join(pairs[2 * row], first + row);
    sets.join(pairs[2 * row + 1], first + row);
  }
  const at::Tensor start = tree.start.to(at::kCPU).contiguous();
  return numbered_by_first_item(start.numel(), first + merges, [&](int64_t i) { return sets.find(start.data_ptr<int64_t>()[i]); })
      .to(tree.start.device());
}

}  // namespace dc::cluster
