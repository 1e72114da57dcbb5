// What each command of AGI does.
#include "agi_command.hpp"
#include "ari_arguments.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

namespace calluna::sim {
namespace {

constexpr auto samples_in_millisecond = 8;

long number_in(std::string const& text, long otherwise) {
  long value = otherwise;
  std::from_chars(text.data(), text.data() + text.size(), value);
  return value;
}

std::string word_at(std::vector<std::string> const& words, std::size_t i) {
  return i < words.size() ? words[i] : std::string();
}

std::string code_of(char key) {
  return std::to_string(static_cast<int>(key));
}

}  // namespace

std::vector<agi_talk::command> const& agi_talk::commands() {
  using t = agi_talk;
  static std::vector<command> const all{
      {"ANSWER", "", 0, false, &t::answer},
      {"CHANNEL STATUS", "[CHANNEL]", 0, false, &t::channel_status},
      {"DATABASE DEL", "FAMILY KEY", 2, true, &t::database_del},
      {"DATABASE GET", "FAMILY KEY", 2, true, &t::database_get},
      {"DATABASE PUT", "FAMILY KEY VALUE", 3, true, &t::database_put},
      {"EXEC", "APPLICATION [OPTIONS]", 1, true, &t::exec},
      {"GET DATA", "FILE [TIMEOUT [MAXDIGITS]]", 1, false, &t::get_data},
      {"GET FULL VARIABLE", "EXPRESSION [CHANNEL]", 1, true, &t::get_full_variable},
      {"GET VARIABLE", "NAME", 1, true, &t::get_variable},
      {"HANGUP", "[CHANNEL]", 0, false, &t::hangup},
      {"NOOP", "[TEXT]", 0, true, &t::noop},
      {"SAY ALPHA", "TEXT ESCAPE_DIGITS", 2, false, &t::say},
      {"SAY DATE", "TIME ESCAPE_DIGITS", 2, false, &t::say},
      {"SAY DATETIME", "TIME ESCAPE_DIGITS [FORMAT [ZONE]]", 2, false, &t::say},
      {"SAY DIGITS", "DIGITS ESCAPE_DIGITS", 2, false, &t::say_digits},
      {"SAY NUMBER", "NUMBER ESCAPE_DIGITS [GENDER]", 2, false, &t::say_number},
      {"SAY PHONETIC", "TEXT ESCAPE_DIGITS", 2, false, &t::say},
      {"SAY TIME", "TIME ESCAPE_DIGITS", 2, false, &t::say},
      {"SET CALLERID", "CALLERID", 1, false, &t::set_callerid},
      {"SET CONTEXT", "CONTEXT", 1, false, &t::set_context},
      {"SET EXTENSION", "EXTENSION", 1, false, &t::set_extension},
      {"SET MUSIC", "[ON | OFF] [CLASS]", 0, false, &t::set_music},
      {"SET PRIORITY", "PRIORITY", 1, false, &t::set_priority},
      {"SET VARIABLE", "NAME VALUE", 2, true, &t::set_variable},
      {"STREAM FILE", "FILE ESCAPE_DIGITS [OFFSET]", 2, false, &t::stream_file},
      {"VERBOSE", "TEXT [LEVEL]", 1, true, &t::verbose},
      {"WAIT FOR DIGIT", "TIMEOUT", 1, false, &t::wait_for_digit},
  };
  return all;
}

// -- the channel

void agi_talk::answer(words const&) {
  front_.machine_.answer(*on());
  result("0");
}

void agi_talk::channel_status(words const& w) {
  auto const* const c = w.empty() ? on() : front_.machine_.find_named(w[0]);
  result(c == nullptr ? "-1" : std::to_string(static_cast<int>(c->state)));
}

void agi_talk::hangup(words const& w) {
  auto* const c = w.empty() ? on() : front_.machine_.find_named(w[0]);
  if (c == nullptr) return result("-1");
  front_.machine_.hang_up(*c, 16);
  result("1");
}

void agi_talk::exec(words const& w) {
  auto const& known = dialplan::applications();
  auto const is = [&](auto const& one) { return one == w[0]; };
  if (std::none_of(known.begin(), known.end(), is)) {
    ++front_.unsupported_["EXEC " + w[0]];
    return result("-2");
  }
  if (w[0] == "AGI") return result("-1");  // it would wait for this one
  front_.machine_.agi_executes(request_, w[0], word_at(w, 1),
                               [this](int outcome) { result(std::to_string(outcome)); });
}

void agi_talk::noop(words const&) {
  result("0");
}

void agi_talk::verbose(words const&) {
  result("1");
}

void agi_talk::set_callerid(words const& w) {
  front_.machine_.set_callerid(*on(), read_callerid(w[0]));
  result("1");
}

void agi_talk::set_music(words const& w) {
  bool const off = word_at(w, 0) == "off" || word_at(w, 0) == "OFF";
  if (off)
    front_.machine_.stop_music(*on());
  else
    front_.machine_.start_music(*on(), word_at(w, 1));
  result("0");
}

// -- variables, and the database

void agi_talk::get_variable(words const& w) {
  auto const value = front_.machine_.variable(*on(), w[0]);
  result(value ? fmt::format("1 ({})", *value) : "0");
}

void agi_talk::get_full_variable(words const& w) {
  auto* const c = w.size() > 1 ? front_.machine_.find_named(w[1]) : on();
  result(c == nullptr ? "0" : fmt::format("1 ({})", front_.machine_.expand(*c, w[0])));
}

void agi_talk::set_variable(words const& w) {
  front_.machine_.set_variable(*on(), w[0], w[1]);
  result("1");
}

void agi_talk::database_get(words const& w) {
  auto const& all = front_.machine_.database();
  auto const at = all.find(w[0] + "/" + w[1]);
  result(at == all.end() ? "0" : fmt::format("1 ({})", at->second));
}

void agi_talk::database_put(words const& w) {
  front_.machine_.database()[w[0] + "/" + w[1]] = w[2];
  result("1");
}

void agi_talk::database_del(words const& w) {
  front_.machine_.database().erase(w[0] + "/" + w[1]);
  result("1");  // whether it was there or not
}

// -- where the dialplan goes on

void agi_talk::set_context(words const& w) {
  on()->place.context = w[0];
  result("0");
}

void agi_talk::set_extension(words const& w) {
  on()->place.exten = w[0];
  result("0");
}

void agi_talk::set_priority(words const& w) {
  auto& at = on()->place;
  auto priority = static_cast<int>(number_in(w[0], 0));
  if (priority == 0) priority = front_.machine_.plan().labelled(at.context, at.exten, w[0]);
  if (priority == 0)
    return reply(
        "520-Invalid command syntax.  Proper usage follows:\nSET PRIORITY PRIORITY\n"
        "520 End of proper usage.");
  at.priority = priority - 1;  // the step that follows is this one
  result("0");
}

// -- sounds and keys

/// Plays, until one of the keys is pressed.
void agi_talk::play(std::string const& media, std::string const& escape_digits, bool tells_end) {
  auto const began = front_.machine_.now();
  auto const end = [this, began, tells_end](std::string const& value) {
    auto const played =
        std::chrono::duration_cast<std::chrono::milliseconds>(front_.machine_.now() - began);
    result(tells_end ? fmt::format("{} endpos={}", value, played.count() * samples_in_millisecond)
                     : value);
  };
  front_.machine_.tell_sound(*on(), media);
  on_key_ = [end, escape_digits](char key) {
    if (escape_digits.find(key) != std::string::npos) end(code_of(key));
  };
  after(front_.machine_.length_of(media), [end] { end("0"); });
}

void agi_talk::stream_file(words const& w) {
  play("sound:" + w[0], w[1], true);
}

void agi_talk::say(words const& w) {
  play("characters:" + w[0], w[1], false);
}

void agi_talk::say_digits(words const& w) {
  play("digits:" + w[0], w[1], false);
}

void agi_talk::say_number(words const& w) {
  play("number:" + w[0], w[1], false);
}

void agi_talk::wait_for_digit(words const& w) {
  auto const timeout = number_in(w[0], 0);
  on_key_ = [this](char key) { result(code_of(key)); };
  if (timeout >= 0) after(std::chrono::milliseconds(timeout), [this] { result("0"); });
}

void agi_talk::get_data(words const& w) {
  struct entry {
    std::string digits;
    std::uint64_t keys = 0;
  };
  static constexpr long usual = 6000;  // milliseconds
  auto const entered = std::make_shared<entry>();
  auto const patience = number_in(word_at(w, 1), 0);
  auto const most = static_cast<std::size_t>(std::max(number_in(word_at(w, 2), 1024), 1L));
  auto const wait = [this, entered, patience](span more) {
    if (patience < 0) return;
    auto const limit = std::chrono::milliseconds(patience > 0 ? patience : usual);
    after(more + limit, [this, entered, keys = entered->keys] {
      if (entered->keys == keys) result(entered->digits + " (timeout)");
    });
  };
  on_key_ = [this, entered, most, wait](char key) {
    ++entered->keys;
    if (key == '#') return result(entered->digits);
    entered->digits += key;
    if (entered->digits.size() >= most) return result(entered->digits);
    wait(span(0));
  };
  front_.machine_.tell_sound(*on(), "sound:" + w[0]);
  wait(front_.machine_.length_of("sound:" + w[0]));
}

}  // namespace calluna::sim
