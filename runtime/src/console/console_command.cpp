#include "console_command.hpp"

#include "../cli_remote.hpp"
#include "typed_lines.hpp"

#include <calluna/runtime/cli.hpp>
#include <calluna/runtime/log.hpp>

#include <nlohmann/json.hpp>

#include <ostream>
#include <string_view>
#include <unistd.h>
#include <utility>

namespace calluna::runtime {
namespace console {
namespace {

using namespace std::chrono_literals;
using nlohmann::json;

// The runtime ends a console that nobody has asked for half a minute; and what tasks print while
// nothing runs is to be seen.
constexpr auto sign_of_life = 2s;

/// Several lines, each without what could drive a terminal.
std::string shown(std::string_view text) {
  std::string all;
  for (;;) {
    auto const end = text.find_first_of("\n\t");
    all += escape_controls(text.substr(0, end));
    if (end == std::string_view::npos) return all;
    all += text[end];
    text.remove_prefix(end + 1);
  }
}

class conversation {
 public:
  conversation(asking const& ask, typed_lines& lines, bool prompts, std::ostream& out,
               std::ostream& err)
      : ask_(ask), lines_(lines), prompts_(prompts), out_(out), err_(err) {}

  int run(bool write) {
    auto const opened = ask_({{"command", "console"}, {"do", "open"}, {"write", write}});
    if (!opened) return lost(opened.error());
    session_ = opened->value("session", std::uint64_t{0});
    if (prompts_)
      out_ << (write ? "What you type runs in the live process, and may change things."
                     : "What you type runs in the live process; it can change nothing.")
           << " Ctrl-D or quit ends.\n";
    auto const code = serve();
    if (!gone_) (void)request("close");
    return code;
  }

 private:
  result<json> request(char const* what, std::string const& text = {}) {
    json r{{"command", "console"}, {"do", what}, {"session", session_}};
    if (!text.empty()) r["text"] = text;
    return ask_(std::move(r));
  }

  int lost(error const& why) {
    gone_ = true;
    err_ << "calluna console: " << escape_controls(why.message) << '\n';
    return exit_failure;
  }

  int serve() {
    for (prompt();;) {
      switch (lines_.wait(sign_of_life)) {
        case typed_lines::news::idle: {
          auto const answer = request("more");
          if (!answer) return lost(answer.error());
          if (answer->value("output", json::array()).empty()) continue;
          if (prompts_) out_ << '\n';
          tell_output(*answer);
          break;
        }
        case typed_lines::news::interrupted:
          text_.clear();
          out_ << '\n';
          break;
        case typed_lines::news::end:
          if (prompts_) out_ << '\n';
          if (!text_.empty() && !prompts_) fail_line(unfinished_);
          return failed_ && !prompts_ ? exit_failure : exit_done;
        case typed_lines::news::line:
          auto const line = lines_.take();
          if (text_.empty() && line == "quit")
            return failed_ && !prompts_ ? exit_failure : exit_done;
          if (text_.empty() && line.find_first_not_of(" \t\r") == std::string::npos) break;
          text_ += (text_.empty() ? "" : "\n") + line;
          if (auto done = run_text(); !done) return lost(done.error());
          break;
      }
      prompt();
    }
  }

  void prompt() {
    if (prompts_) out_ << (text_.empty() ? "> " : ">> ") << std::flush;
  }

  /// Has `text_` run; it stays, if more lines have to come.
  result<void> run_text() {
    auto answer = request("line", text_);
    while (answer && !answer->value("done", true)) {
      tell_output(*answer);
      answer = request(lines_.interrupted() ? "interrupt" : "more");
    }
    if (!answer) return fail(answer.error());
    tell_output(*answer);
    if (answer->value("incomplete", false)) {
      unfinished_ = answer->value("message", "");
      return {};
    }
    text_.clear();
    if (answer->contains("error")) fail_line(answer->value("error", ""));
    if (auto const value = answer->value("result", ""); !value.empty())
      out_ << shown(value) << '\n' << std::flush;
    return {};
  }

  void fail_line(std::string const& why) {
    failed_ = true;
    err_ << shown(why) << '\n' << std::flush;
  }

  void tell_output(json const& answer) {
    for (auto const& text : answer.value("output", json::array()))
      out_ << shown(text.get<std::string>()) << '\n';
    out_ << std::flush;
  }

  asking const& ask_;
  typed_lines& lines_;
  bool prompts_;
  std::ostream& out_;
  std::ostream& err_;
  std::uint64_t session_ = 0;
  std::string text_, unfinished_;
  bool failed_ = false, gone_ = false;
};

}  // namespace

int talk(asking const& ask, bool write, int input, bool prompts, std::ostream& out,
         std::ostream& err) {
  typed_lines lines(input);
  return conversation(ask, lines, prompts, out, err).run(write);
}

}  // namespace console

int do_console(cli_arguments const& a, std::ostream& out, std::ostream& err) {
  bool const terminal = ::isatty(STDIN_FILENO) != 0;
  return console::talk([&a](nlohmann::json const& request) { return ask(a, request); }, a.write,
                       STDIN_FILENO, terminal, out, err);
}

}  // namespace calluna::runtime
