#pragma once
#include <array>
#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>
#include <utility>

namespace calluna::runtime::web {

/// How long things take, in the buckets of Prometheus.
class histogram {
 public:
  /// Upper bounds in seconds; above the last is one more.
  static constexpr std::array bounds{0.001, 0.0025, 0.005, 0.01, 0.025, 0.05,
                                     0.1,   0.25,   0.5,   1.0,  2.5,   10.0};
  void add(double seconds) noexcept;
  std::uint64_t count() const noexcept { return count_; }

 private:
  friend class metrics_writer;
  std::array<std::uint64_t, bounds.size() + 1> buckets_{};
  std::uint64_t count_ = 0;
  double sum_ = 0;
};

/// Writes numbers in the text format of Prometheus (0.0.4). Begin a metric, then give its samples.
class metrics_writer {
 public:
  using labels = std::initializer_list<std::pair<std::string_view, std::string_view>>;

  void counter(std::string_view name, std::string_view help) { begin(name, help, "counter"); }
  void gauge(std::string_view name, std::string_view help) { begin(name, help, "gauge"); }
  /// A sample of the metric begun last.
  void sample(double value, labels with = {});
  void add(std::string_view name, std::string_view help, histogram const& h);

  std::string take() { return std::move(text_); }

 private:
  void begin(std::string_view name, std::string_view help, std::string_view type);
  std::string text_;
  std::string name_;
};

}  // namespace calluna::runtime::web
