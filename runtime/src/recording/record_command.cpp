#include "record_command.hpp"

#include "../cli_remote.hpp"
#include "../signal_flag.hpp"
#include "scrubber.hpp"

#include <calluna/runtime/cli.hpp>
#include <calluna/runtime/log.hpp>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <chrono>
#include <fcntl.h>
#include <fstream>
#include <iostream>
#include <unistd.h>

namespace calluna::runtime {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;

/// A new file that only its owner may read: who called whom is nobody else's business.
result<std::ofstream> make_file(fs::path const& path) {
  int const made = ::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
  if (made < 0)
    return fail(error_kind::invalid,
                fmt::format("{}: {}", path.string(),
                            std::error_code(errno, std::system_category()).message()));
  ::close(made);
  return std::ofstream(path);
}

/// Fetches until it has ended. How many lines; or what went wrong, with what came before kept.
result<std::size_t> fetch(cli_arguments const& a, signal_flag const& interrupted,
                          std::ofstream& into) {
  using clock = std::chrono::steady_clock;
  auto const end = a.seconds > 0 ? clock::now() + std::chrono::duration_cast<clock::duration>(
                                                      std::chrono::duration<double>(a.seconds))
                                 : clock::time_point::max();
  std::size_t count = 0;
  bool told_to_end = false;
  for (json request{{"command", "record"}, {"do", "begin"}};;) {
    auto const some = ask(a, request);
    if (!some) return fail(some.error());
    for (auto const& line : (*some)["lines"]) into << line.get_ref<std::string const&>() << '\n';
    count += (*some)["lines"].size();
    if (!into.flush()) return fail(error_kind::rejected, "the file cannot be written");
    if (some->value("ended", false)) return count;
    bool const enough = interrupted.raised() || clock::now() >= end;
    request["do"] = enough && !std::exchange(told_to_end, told_to_end || enough) ? "end" : "more";
  }
}

result<void> for_each_line(fs::path const& from, unique_function<void(json)> visit) {
  std::ifstream in(from);
  if (!in) return fail(error_kind::invalid, fmt::format("{} cannot be read", from.string()));
  std::string text;
  for (int number = 1; std::getline(in, text); ++number) {
    auto line = json::parse(text, nullptr, false);
    if (!line.is_object()) {
      if (in.eof()) return {};  // broken off
      return fail(error_kind::invalid, fmt::format("{}:{}: it is no JSON", from.string(), number));
    }
    visit(std::move(line));
  }
  return {};
}

}  // namespace

namespace recording {

result<void> scrub_file(fs::path const& from, fs::path const& to) {
  scrubber people;
  if (auto read = for_each_line(from, [&](json const& line) { people.learn(line); }); !read)
    return read;
  auto into = make_file(to);
  if (!into) return fail(into.error());
  auto const written = for_each_line(from, [&](json const& line) {
    auto other = people.scrub(line);
    if (other.contains("scrubbed")) other["scrubbed"] = true;
    *into << other.dump() << '\n';
  });
  if (!written) return written;
  if (!into->flush())
    return fail(error_kind::rejected, fmt::format("{} cannot be written", to.string()));
  return {};
}

}  // namespace recording

int do_record(cli_arguments const& a, std::ostream& out, std::ostream& err) {
  auto const tell = [&err](error const& e) {
    err << "calluna record: " << escape_controls(e.message) << '\n';
    return exit_failure;
  };
  fs::path const file(a.recording), raw = a.scrub ? fs::path(a.recording + ".raw") : file;
  if (std::error_code code; fs::exists(file, code))
    return tell({error_kind::invalid, fmt::format("'{}' is there already", a.recording)});
  auto into = make_file(raw);
  if (!into) return tell(into.error());
  signal_flag const interrupted{SIGINT, SIGTERM};
  err << "calluna: recording; Ctrl-C ends it\n";
  auto const count = fetch(a, interrupted, *into);
  into->close();
  std::error_code ignored;
  if (fs::file_size(raw, ignored) == 0) fs::remove(raw, ignored);
  if (!count && !fs::exists(raw, ignored)) return tell(count.error());
  if (a.scrub) {
    if (auto done = recording::scrub_file(raw, file); !done) return tell(done.error());
    fs::remove(raw, ignored);
  }
  if (!count) return tell(count.error());
  out << fmt::format("{}: {} lines\n", a.recording, *count);
  return exit_done;
}

}  // namespace calluna::runtime
