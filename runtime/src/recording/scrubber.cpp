#include "scrubber.hpp"

#include <calluna/ami/message.hpp>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <array>
#include <cctype>

namespace calluna::runtime::recording {
namespace {

using nlohmann::json;

constexpr std::size_t ending_size = 7, longest_number = 15;

bool digit(char c) {
  return c >= '0' && c <= '9';
}
bool separator(char c) {
  return c == ' ' || c == '-' || c == '.' || c == '/' || c == '(' || c == ')';
}
/// Letters and digits; of UTF-8 all but ASCII.
bool in_word(char c) {
  return std::isalnum(static_cast<unsigned char>(c)) != 0 || static_cast<unsigned char>(c) >= 0x80;
}

/// Words of the protocols themselves, in which nobody is named.
bool is_protocol(std::string_view key) {
  constexpr std::array words{"Event",
                             "Response",
                             "ActionID",
                             "Action",
                             "Privilege",
                             "ChannelState",
                             "ChannelStateDesc",
                             "Application",
                             "BridgeType",
                             "BridgeTechnology",
                             "DialStatus",
                             "Status",
                             "Strategy",
                             "State",
                             "Cause-txt",
                             "EventList",
                             "type",
                             "state",
                             "cause_txt",
                             "dialstatus",
                             "bridge_type",
                             "bridge_class",
                             "technology",
                             "asterisk_id",
                             "application",
                             "app_name",
                             "timestamp",
                             "creationtime"};
  return std::find(words.begin(), words.end(), key) != words.end();
}

bool names_somebody(std::string_view key) {
  return key.ends_with("CallerIDName") || key.ends_with("ConnectedLineName") || key == "MemberName";
}
bool numbers_somebody(std::string_view key) {
  return key.ends_with("CallerIDNum") || key.ends_with("ConnectedLineNum");
}

/// Whether a channel's own number stands there: "PJSIP/101-0000002a".
bool is_channel_number(std::string_view text, std::size_t at) {
  auto const part = text.substr(at, 8);
  return at > 0 && text[at - 1] == '-' && part.size() == 8 && part.substr(0, 4) == "0000" &&
         part.find_first_not_of("0123456789abcdef") == part.npos &&
         (at + 8 == text.size() || !in_word(text[at + 8]));
}

/// Where the id or time that begins at `at` ends (ten digits, a dot, digits); `at` if none does.
std::size_t end_of_id(std::string_view text, std::size_t at) {
  if (is_channel_number(text, at)) return at + 8;
  if (at > 0 && (digit(text[at - 1]) || text[at - 1] == '+')) return at;
  auto end = at;
  while (end < text.size() && digit(text[end])) ++end;
  if (end - at != 10 || text[at] != '1' || end + 1 >= text.size() || text[end] != '.' ||
      !digit(text[end + 1]))
    return at;
  for (++end; end < text.size() && digit(text[end]);) ++end;
  return end;
}

std::string last_digits(std::string_view digits) {
  return std::string(digits.substr(digits.size() - ending_size));
}

}  // namespace

void scrubber::learn(json const& line) {
  if (line.contains("event")) learn_ami(line["event"].get_ref<std::string const&>());
  if (line.contains("ari")) learn_ari(line["ari"]);
  if (!line.contains("answer")) return;
  auto const& answer = line["answer"];
  if (answer.contains("items"))
    for (auto const& item : answer["items"]) learn_ami(item.get_ref<std::string const&>());
  learn_ari(answer);
}

void scrubber::learn_ami(std::string_view block) {
  ami::message_view(block).for_each([&](std::string_view key, std::string_view value) {
    if (names_somebody(key)) learn_name(ami::unescape(value));
    if (numbers_somebody(key)) learn_number(value);
  });
}

void scrubber::learn_ari(json const& value) {
  if (value.is_array())
    for (auto const& one : value) learn_ari(one);
  if (!value.is_object()) return;
  for (auto const& [key, one] : value.items()) {
    if ((key == "caller" || key == "connected") && one.is_object() && one.contains("number")) {
      learn_name(one.value("name", ""));
      learn_number(one.value("number", ""));
    }
    learn_ari(one);
  }
}

void scrubber::learn_name(std::string_view name) {
  bool const named =
      std::any_of(name.begin(), name.end(), [](char c) { return in_word(c) && !digit(c); });
  if (!named || name == "<unknown>" || name.find('/') != name.npos) return;
  auto const other = fmt::format("Person {}", others_.size() + 1);
  if (!others_.emplace(name, other).second) return;
  auto& alike = names_[name.front()];
  alike.emplace_back(name);
  std::stable_sort(alike.begin(), alike.end(),
                   [](auto const& a, auto const& b) { return a.size() > b.size(); });
}

void scrubber::learn_number(std::string_view number) {
  std::string digits;
  std::copy_if(number.begin(), number.end(), std::back_inserter(digits), digit);
  if (digits.size() >= ending_size) endings_.insert(last_digits(digits));
}

std::string const& scrubber::other_ending(std::string const& ending) {
  auto& other = other_endings_[ending];
  if (other.empty()) other = fmt::format("{:07}", 5'550'000 + other_endings_.size() % 4'450'000);
  return other;
}

std::string scrubber::scrub_text(std::string_view text) {
  return with_other_numbers(with_other_names(text));
}

std::string scrubber::with_other_names(std::string_view text) const {
  std::string out;
  for (std::size_t at = 0; at < text.size();) {
    auto const* name = name_at(text, at);
    if (name != nullptr)
      out += others_.at(*name), at += name->size();
    else
      out += text[at++];
  }
  return out;
}

/// The longest name that stands there as words of its own; or null.
std::string const* scrubber::name_at(std::string_view text, std::size_t at) const {
  auto const alike = names_.find(text[at]);
  if (alike == names_.end()) return nullptr;
  if (at > 0 && in_word(text[at - 1]) && in_word(text[at])) return nullptr;
  for (auto const& name : alike->second) {
    auto const end = at + name.size();
    if (text.substr(at, name.size()) != name) continue;
    if (end == text.size() || !in_word(text[end]) || !in_word(name.back())) return &name;
  }
  return nullptr;
}

std::string scrubber::with_other_numbers(std::string_view text) {
  std::string out;
  for (std::size_t at = 0; at < text.size();) {
    if (!digit(text[at])) {
      out += text[at++];
      continue;
    }
    if (auto const end = end_of_id(text, at); end != at) {
      out += text.substr(at, end - at);
      at = end;
      continue;
    }
    // As long as digits follow, with at most two separators between them.
    std::string digits;
    std::size_t run = 0, longest_run = 0, end = at;
    for (auto next = at; next < text.size() && next - end <= 2; ++next) {
      if (digit(text[next])) {
        run = next == end || digits.empty() ? run + 1 : 1;
        longest_run = std::max(longest_run, run);
        digits += text[next];
        end = next + 1;
      } else if (!separator(text[next])) {
        break;
      }
    }
    bool const spread = longest_run != digits.size();
    if (spread && (digits.size() < ending_size || endings_.count(last_digits(digits)) == 0)) {
      // Not one number: its first run may be one.
      end = at;
      digits.clear();
      while (end < text.size() && digit(text[end])) digits += text[end++];
    }
    auto piece = std::string(text.substr(at, end - at));
    if (digits.size() >= ending_size && digits.size() <= longest_number) {
      auto const& other = other_ending(last_digits(digits));
      auto left = ending_size;
      for (auto c = piece.rbegin(); c != piece.rend() && left > 0; ++c)
        if (digit(*c)) *c = other[--left];
    }
    out += piece;
    at = end;
  }
  return out;
}

std::string scrubber::scrub_ami(std::string_view block) {
  std::string out;
  ami::message_view(block).for_each([&](std::string_view key, std::string_view value) {
    out.append(key).append(": ");
    out.append(is_protocol(key) ? std::string(value) : scrub_text(value)).append("\r\n");
  });
  return out;
}

json scrubber::scrub_json(json const& value, std::string_view key) {
  if (value.is_string() && !is_protocol(key))
    return scrub_text(value.get_ref<std::string const&>());
  if (value.is_array()) {
    json list = json::array();
    for (auto const& one : value) list.push_back(scrub_json(one, key));
    return list;
  }
  if (value.is_object()) {
    json object = json::object();
    for (auto const& [name, one] : value.items()) object[name] = scrub_json(one, name);
    return object;
  }
  return value;
}

json scrubber::scrub(json const& line) {
  json out = line;
  for (auto const* block : {"event", "action"})
    if (out.contains(block)) out[block] = scrub_ami(line[block].get_ref<std::string const&>());
  for (auto const* part : {"ari", "request", "body", "error"})
    if (out.contains(part)) out[part] = scrub_json(line[part], part);
  if (!out.contains("answer")) return out;
  auto& answer = out["answer"];
  if (!answer.contains("head")) return answer = scrub_json(line["answer"], "answer"), out;
  answer["head"] = scrub_ami(answer["head"].get_ref<std::string const&>());
  for (auto& item : answer["items"]) item = scrub_ami(item.get_ref<std::string const&>());
  return out;
}

}  // namespace calluna::runtime::recording
