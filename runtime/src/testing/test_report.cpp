#include "test_report.hpp"

#include <calluna/runtime/log.hpp>

#include <fmt/format.h>

#include <ostream>
#include <sstream>

namespace calluna::runtime::testing {
namespace {

std::vector<std::string> lines_of(std::string const& text) {
  std::vector<std::string> lines;
  std::istringstream in(text);
  // What callers or apps have chosen cannot forge a line of the report.
  for (std::string line; std::getline(in, line);) lines.push_back(escape_controls(line));
  return lines;
}

std::string label(reported_case const& c) {
  return escape_controls(c.file->name + ": " + c.name);
}

std::string xml(std::string_view text) {
  std::string out;
  for (char const c : text) {
    if (c == '&')
      out += "&amp;";
    else if (c == '<')
      out += "&lt;";
    else if (c == '>')
      out += "&gt;";
    else if (c == '"')
      out += "&quot;";
    else if (static_cast<unsigned char>(c) >= 0x20 || c == '\n' || c == '\t')
      out += c;
  }
  return out;
}

double seconds(case_outcome const& o) {
  return std::chrono::duration<double>(o.took).count();
}

std::string details(case_outcome const& o) {
  std::string text;
  for (auto const& line : lines_of(o.message)) text += line + "\n";
  for (auto const& line : o.story) text += escape_controls(line) + "\n";
  return text;
}

}  // namespace

void report_to_people(std::vector<reported_case> const& all, bool verbose,
                      std::chrono::milliseconds took, std::ostream& out) {
  std::size_t failed = 0;
  for (auto const& c : all) {
    failed += c.outcome.passed ? 0 : 1;
    if (c.outcome.passed && !verbose) continue;
    out << fmt::format("{} {}{}{} ({:.1f} ms)\n", c.outcome.passed ? "passed" : "FAILED", label(c),
                       c.seed != 1 ? fmt::format(" [seed {}]", c.seed) : "",
                       c.outcome.times > 1 ? fmt::format(", {} times", c.outcome.times) : "",
                       seconds(c.outcome) * 1e3);
    if (c.outcome.passed) continue;
    for (auto const& line : lines_of(c.outcome.message)) out << "  " << line << '\n';
    if (!c.outcome.story.empty()) out << "  what happened, in seconds:\n";
    for (auto const& line : c.outcome.story) out << "  " << escape_controls(line) << '\n';
  }
  out << (failed == 0 ? fmt::format("{} {} passed", all.size(), all.size() == 1 ? "case" : "cases")
                      : fmt::format("{} of {} cases failed", failed, all.size()))
      << fmt::format(" in {:.2f} s\n", std::chrono::duration<double>(took).count());
}

void report_as_tap(std::vector<reported_case> const& all, std::ostream& out) {
  out << "TAP version 13\n1.." << all.size() << '\n';
  std::size_t number = 0;
  for (auto const& c : all) {
    // A '#' would begin a directive.
    auto name = label(c);
    for (char& letter : name)
      if (letter == '#') letter = '*';
    out << (c.outcome.passed ? "ok " : "not ok ") << ++number << " - " << name
        << (c.seed != 1 ? fmt::format(" [seed {}]", c.seed) : "") << '\n';
    if (c.outcome.passed) continue;
    out << "  ---\n  message: |\n";
    for (auto const& line : lines_of(c.outcome.message)) out << "    " << line << '\n';
    if (!c.outcome.story.empty()) out << "  story: |\n";
    for (auto const& line : c.outcome.story) out << "    " << escape_controls(line) << '\n';
    out << "  ...\n";
  }
}

void report_as_junit(std::vector<reported_case> const& all, std::ostream& out) {
  out << "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites>\n";
  for (std::size_t at = 0; at < all.size();) {
    auto const* file = all[at].file;
    auto end = at;
    std::size_t failed = 0;
    double took = 0;
    for (; end < all.size() && all[end].file == file; ++end) {
      failed += all[end].outcome.passed ? 0 : 1;
      took += seconds(all[end].outcome);
    }
    out << fmt::format("  <testsuite name=\"{}\" tests=\"{}\" failures=\"{}\" time=\"{:.6f}\">\n",
                       xml(file->name), end - at, failed, took);
    for (; at < end; ++at) {
      auto const& c = all[at];
      out << fmt::format("    <testcase classname=\"{}\" name=\"{}{}\" time=\"{:.6f}\"",
                         xml(file->name), xml(c.name),
                         c.seed != 1 ? fmt::format(" [seed {}]", c.seed) : "", seconds(c.outcome));
      if (c.outcome.passed) {
        out << "/>\n";
        continue;
      }
      auto const lines = lines_of(c.outcome.message);
      out << fmt::format(">\n      <failure message=\"{}\">{}</failure>\n    </testcase>\n",
                         xml(lines.empty() ? "" : lines[0]), xml(details(c.outcome)));
    }
    out << "  </testsuite>\n";
  }
  out << "</testsuites>\n";
}

}  // namespace calluna::runtime::testing
