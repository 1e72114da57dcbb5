// The talk with an AGI server: who calls, one command at a time, and the end.
#include "agi_command.hpp"
#include "ami_request.hpp"

#include <calluna/sim/agi_front.hpp>

#include <fmt/format.h>

namespace calluna::sim {
namespace {

constexpr std::size_t longest_line = 2048;  // Asterisk's own buffer

std::string unknown_if_empty(std::string const& text) {
  return text.empty() ? "unknown" : text;
}

/// "agi://host:4573/caller/name?x=y" -> "caller/name?x=y"
std::string script_of(std::string const& url) {
  auto const host = url.find("//");
  auto const slash = url.find('/', host == std::string::npos ? 0 : host + 2);
  return slash == std::string::npos ? std::string() : url.substr(slash + 1);
}

/// Words between blanks; one in quotes may hold blanks, and a backslash takes what follows as it
/// is.
std::vector<std::string> words_of(std::string const& line) {
  std::vector<std::string> words;
  bool quoted = false, inside = false;
  for (std::size_t i = 0; i < line.size(); ++i) {
    char const c = line[i];
    if (c == '"') {
      quoted = !quoted;
      if (!inside) words.emplace_back();
      inside = true;
    } else if ((c == ' ' || c == '\t') && !quoted) {
      inside = false;
    } else {
      if (!inside) words.emplace_back();
      inside = true;
      words.back() += c == '\\' && i + 1 < line.size() ? line[++i] : c;
    }
  }
  return words;
}

}  // namespace

agi_front::agi_front(machine& on) : machine_(on) {
  machine_.on_agi = [this](agi_request const& r) {
    if (on_request)
      on_request(r);
    else
      refuse(r);
  };
  machine_.listen([this](event const& e) { hear(e); });
}

void agi_front::refuse(agi_request const& r) {
  machine_.agi_ends(r, "FAILURE");
}

/// A key goes to who waits for it, but not from inside of the event.
void agi_front::hear(event const& e) {
  if (e.kind != event_kind::digit_end || e.value != "Received") return;
  auto const at = talks_.find(e.channel->serial);
  if (at == talks_.end() || !at->second->on_key_) return;
  at->second->after(span(0), [talk = at->second, key = e.name[0]] { talk->key(key); });
}

agi_talk* agi_front::talk_of(agi_request const& r) {
  auto const at = talks_.find(r.channel);
  return at == talks_.end() || at->second->request_.visit != r.visit ? nullptr : at->second;
}

agi_talk::agi_talk(agi_front& front, agi_request request, sink to)
    : front_(front), request_(std::move(request)), to_(std::move(to)) {
  front_.talks_[request_.channel] = this;
}

agi_talk::~agi_talk() {
  leave();
}

void agi_talk::leave() {
  closed_ = true;
  if (front_.talk_of(request_) == this) front_.talks_.erase(request_.channel);
}

channel* agi_talk::on() const {
  return closed_ ? nullptr : front_.machine_.alive(request_.channel);
}

void agi_talk::begin() {
  if (!front_.machine_.agi_begins(request_, [this] { hung_up(); })) return close();
  auto const& c = *on();
  auto const script = script_of(request_.url);
  std::string text = fmt::format(
      "agi_network: yes\nagi_network_script: {}\nagi_request: {}\n"
      "agi_channel: {}\nagi_language: {}\nagi_type: {}\nagi_uniqueid: {}\n"
      "agi_version: 22.10.1\nagi_callerid: {}\nagi_calleridname: {}\n"
      "agi_callingpres: 0\nagi_callingani2: 0\nagi_callington: 0\n"
      "agi_callingtns: 0\nagi_dnid: {}\nagi_rdnis: unknown\n"
      "agi_context: {}\nagi_extension: {}\nagi_priority: {}\n"
      "agi_enhanced: 0.0\nagi_accountcode: {}\nagi_threadid: 0\n",
      script, request_.url, c.name, c.language, c.name.substr(0, c.name.find('/')), c.id,
      unknown_if_empty(c.caller.number), unknown_if_empty(c.caller.name),
      unknown_if_empty(c.place.exten), c.place.context, c.place.exten, c.place.priority,
      c.accountcode);
  for (std::size_t i = 0; i < request_.arguments.size(); ++i)
    text += fmt::format("agi_arg_{}: {}\n", i + 1, request_.arguments[i]);
  to_(text + "\n");
}

void agi_talk::close() {
  if (closed_) return;
  leave();
  front_.machine_.agi_ends(request_, dead_ ? "HANGUP" : "SUCCESS");
}

void agi_talk::take(std::string_view bytes) {
  unread_ += bytes;
  next();
}

/// One command after the other; none is read while one is under way.
void agi_talk::next() {
  while (!closed_ && !busy_) {
    auto const end = unread_.find('\n');
    if (end == std::string::npos) {
      if (unread_.size() > longest_line) close();
      return;
    }
    auto line = unread_.substr(0, end);
    unread_.erase(0, end + 1);
    if (!line.empty() && line.back() == '\r') line.pop_back();
    obey(line);
  }
}

void agi_talk::obey(std::string const& line) {
  if (on() == nullptr) return close();
  busy_ = true;
  asked_ = line;
  ++number_;
  if (auto const* c = on())
    front_.machine_.agi_tells(event_kind::agi_begin, *c, asked_, number_, {});
  auto const asked = words_of(line);
  command const* best = nullptr;
  std::size_t length = 0;  // of the best one's name, in words
  for (auto const& one : commands()) {
    auto const name = split_arguments(one.name, ' ');
    bool fits = name.size() <= asked.size() && name.size() > length;
    for (std::size_t i = 0; fits && i < name.size(); ++i) fits = same_word(name[i], asked[i]);
    if (fits) best = &one, length = name.size();
  }
  if (best == nullptr) {
    ++front_.unsupported_[asked.empty() ? line : asked[0]];
    return reply("510 Invalid or unknown command");
  }
  if (dead_ && !best->after_hangup)
    return reply("511 Command Not Permitted on a dead channel or intercept routine");
  if (asked.size() - length < best->least)
    return reply(
        fmt::format("520-Invalid command syntax.  Proper usage follows:\n"
                    "{} {}\n520 End of proper usage.",
                    best->name, best->usage));
  (this->*best->does)({asked.begin() + static_cast<std::ptrdiff_t>(length), asked.end()});
}

void agi_talk::reply(std::string const& text) {
  if (closed_ || !std::exchange(busy_, false)) return;
  ++number_;  // what the command still had in mind is void
  on_key_ = nullptr;
  if (auto const* c = on())
    front_.machine_.agi_tells(event_kind::agi_end, *c, asked_, number_ - 1, text);
  to_(text + "\n");
  if (dead_ && !std::exchange(hangup_told_, true)) to_("HANGUP\n");
  // From the top: a server may have sent many at once.
  if (!unread_.empty())
    front_.machine_.time().after(span(0), [front = &front_, r = request_] {
      if (auto* const talk = front->talk_of(r)) talk->next();
    });
}

void agi_talk::hung_up() {
  dead_ = true;
  if (busy_) return result("-1");
  if (!std::exchange(hangup_told_, true)) to_("HANGUP\n");
}

/// Unless the command has been answered meanwhile.
void agi_talk::after(span delay, std::function<void()> what) {
  front_.machine_.time().after(
      delay, [front = &front_, r = request_, number = number_, what = std::move(what)] {
        auto const* const talk = front->talk_of(r);
        if (talk != nullptr && talk->number_ == number && talk->busy_) what();
      });
}

void agi_talk::key(char pressed) {
  if (auto const take = on_key_) take(pressed);
}

}  // namespace calluna::sim
