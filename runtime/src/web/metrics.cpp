#include <calluna/runtime/web/metrics.hpp>

#include <fmt/format.h>

#include <iterator>

namespace calluna::runtime::web {
namespace {

void append_escaped(std::string& to, std::string_view text) {
  for (char const c : text) {
    if (c == '\\' || c == '"')
      to += '\\', to += c;
    else if (c == '\n')
      to += "\\n";
    else
      to += c;
  }
}

}  // namespace

void histogram::add(double seconds) noexcept {
  std::size_t i = 0;
  while (i < bounds.size() && seconds > bounds[i]) ++i;
  ++buckets_[i];
  ++count_;
  sum_ += seconds;
}

void metrics_writer::begin(std::string_view name, std::string_view help, std::string_view type) {
  name_ = name;
  fmt::format_to(std::back_inserter(text_), "# HELP {} {}\n# TYPE {} {}\n", name, help, name, type);
}

void metrics_writer::sample(double value, labels with) {
  text_ += name_;
  char before = '{';
  for (auto const& [name, text] : with) {
    text_ += before;
    text_.append(name).append("=\"");
    append_escaped(text_, text);
    text_ += '"';
    before = ',';
  }
  if (before == ',') text_ += '}';
  fmt::format_to(std::back_inserter(text_), " {}\n", value);
}

void metrics_writer::add(std::string_view name, std::string_view help, histogram const& h) {
  begin(name, help, "histogram");
  auto const to = std::back_inserter(text_);
  std::uint64_t below = 0;
  for (std::size_t i = 0; i < histogram::bounds.size(); ++i) {
    below += h.buckets_[i];
    fmt::format_to(to, "{}_bucket{{le=\"{}\"}} {}\n", name, histogram::bounds[i], below);
  }
  fmt::format_to(to, "{}_bucket{{le=\"+Inf\"}} {}\n{}_sum {}\n{}_count {}\n", name, h.count_, name,
                 h.sum_, name, h.count_);
}

}  // namespace calluna::runtime::web
