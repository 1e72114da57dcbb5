// The talk itself: login, rights, what is asked and how it is answered.
#include "ami_request.hpp"

#include <fmt/format.h>
#include <openssl/evp.h>

namespace calluna::sim {
namespace {

constexpr std::size_t longest_request = 128 * 1024;

std::string md5_hex(std::string const& text) {
  unsigned char digest[EVP_MAX_MD_SIZE];
  unsigned size = 0;
  EVP_Digest(text.data(), text.size(), digest, &size, EVP_md5(), nullptr);
  std::string hex;
  for (unsigned i = 0; i < size; ++i) hex += fmt::format("{:02x}", digest[i]);
  return hex;
}

std::string text_of(ami_block const& block) {
  std::string text;
  for (auto const& [key, value] : block) text.append(key).append(": ").append(value).append("\r\n");
  return text + "\r\n";
}

}  // namespace

ami_front::ami_front(machine& on, std::vector<ami_account> accounts)
    : machine_(on), accounts_(std::move(accounts)) {
  machine_.listen([this](event const& e) { hear(e); });
}

void ami_front::tell(std::string const& privilege, ami_block const& event) {
  for (auto const& [number, talk] : talks_) talk->hear(privilege, event);
}

ami_talk::ami_talk(ami_front& front, sink to) : front_(front), to_(std::move(to)) {
  front_.talks_[++front_.next_talk_] = this;
}

ami_talk::~ami_talk() {
  *alive_ = false;
  for (auto at = front_.talks_.begin(); at != front_.talks_.end(); ++at)
    if (at->second == this) {
      front_.talks_.erase(at);
      break;
    }
}

void ami_talk::begin() {
  to_("Asterisk Call Manager/11.0.0\r\n");
}

void ami_talk::take(std::string_view bytes) {
  unread_ += bytes;
  while (!over_) {
    // A line may end with a bare LF, as Asterisk allows.
    auto end = unread_.find("\r\n\r\n");
    std::size_t skip = 4;
    if (auto const bare = unread_.find("\n\n"); bare < end) end = bare, skip = 2;
    if (end == std::string::npos) {
      if (unread_.size() > longest_request) over_ = true;
      return;
    }
    request r;
    std::string_view const block = std::string_view(unread_).substr(0, end);
    for (std::size_t at = 0; at < block.size();) {
      auto const line_end = std::min(block.find('\n', at), block.size());
      auto line = block.substr(at, line_end - at);
      at = line_end + 1;
      if (!line.empty() && line.back() == '\r') line.remove_suffix(1);
      auto const colon = line.find(':');
      if (colon == std::string_view::npos) continue;
      auto value = line.substr(colon + 1);
      while (!value.empty() && value.front() == ' ') value.remove_prefix(1);
      r.headers.emplace_back(line.substr(0, colon), value);
    }
    unread_.erase(0, end + skip);
    if (!r.headers.empty()) handle(r);
  }
}

void ami_talk::send(ami_block const& block) {
  to_(text_of(block));
}

void ami_talk::answer(request const& r, bool good, std::string const& message, ami_block more) {
  ami_block block{{"Response", good ? "Success" : "Error"}};
  if (auto const id = r.get("ActionID"); !id.empty()) block.emplace_back("ActionID", id);
  if (!message.empty()) block.emplace_back("Message", message);
  block.insert(block.end(), more.begin(), more.end());
  send(block);
}

void ami_talk::list_begins(request const& r, std::string const& message) {
  ami_block block{{"Response", "Success"}};
  if (auto const id = r.get("ActionID"); !id.empty()) block.emplace_back("ActionID", id);
  block.emplace_back("EventList", "start");
  block.emplace_back("Message", message);
  send(block);
}

void ami_talk::list_ends(request const& r, std::string const& name, std::size_t items) {
  ami_block block{{"Event", name}};
  if (auto const id = r.get("ActionID"); !id.empty()) block.emplace_back("ActionID", id);
  block.emplace_back("EventList", "Complete");
  block.emplace_back("ListItems", std::to_string(items));
  send(block);
}

void ami_talk::handle(request const& r) {
  auto const name = r.get("Action");
  if (name.empty()) return answer(r, false, "Missing action in request");
  auto const& all = actions();
  auto at = all.begin();
  while (at != all.end() && !same_word(at->first, name)) ++at;
  bool const open = same_word(name, "Login") || same_word(name, "Challenge");
  if (account_ == nullptr && !open && !same_word(name, "Logoff"))
    return answer(r, false, "Permission denied");
  if (at == all.end()) {
    ++front_.unsupported_[name];
    return answer(r, false,
                  "Invalid/unknown command: " + name +
                      ". Use Action: ListCommands to show available commands.");
  }
  if (account_ != nullptr && !at->second.needs.empty()) {
    bool may = false;
    for (auto const& one : split_arguments(at->second.needs))
      may |= has_class(account_->write, one);
    if (!may) return answer(r, false, "Permission denied");
  }
  (this->*at->second.does)(r);
}

std::map<std::string, ami_talk::action, std::less<>> const& ami_talk::actions() {
  using t = ami_talk;
  static std::map<std::string, action, std::less<>> const all{
      {"Challenge", {&t::challenge, ""}},
      {"Login", {&t::login, ""}},
      {"Logoff", {&t::logoff, ""}},
      {"Ping", {&t::ping, ""}},
      {"Events", {&t::events, ""}},
      {"Filter", {&t::filter, "system"}},
      {"ListCommands", {&t::list_commands, ""}},
      {"CoreSettings", {&t::core_settings, "system,reporting"}},
      {"CoreStatus", {&t::core_status, "system,reporting"}},
      {"CoreShowChannels", {&t::core_show_channels, "system,reporting"}},
      {"Status", {&t::status, "system,call,reporting"}},
      {"BridgeList", {&t::bridge_list, ""}},
      {"BridgeInfo", {&t::bridge_info, ""}},
      {"QueueStatus", {&t::queue_status, ""}},
      {"QueueSummary", {&t::queue_summary, ""}},
      {"QueueAdd", {&t::queue_add, "agent"}},
      {"QueueRemove", {&t::queue_remove, "agent"}},
      {"QueuePause", {&t::queue_pause, "agent"}},
      {"Atxfer", {&t::atxfer, "call"}},
      {"CancelAtxfer", {&t::cancel_atxfer, "call"}},
      {"Park", {&t::park, "call"}},
      {"ParkedCalls", {&t::parked_calls, ""}},
      {"Parkinglots", {&t::parking_lots, ""}},
      {"ConfbridgeList", {&t::conference_list, "reporting"}},
      {"ConfbridgeKick", {&t::conference_kick, "call"}},
      {"DeviceStateList", {&t::device_states, "call,reporting"}},
      {"PJSIPShowEndpoints", {&t::endpoints, "system"}},
      {"Originate", {&t::originate, "originate"}},
      {"Hangup", {&t::hangup, "system,call"}},
      {"Redirect", {&t::redirect, "call"}},
      {"BlindTransfer", {&t::blind_transfer, "call"}},
      {"Setvar", {&t::setvar, "call"}},
      {"Getvar", {&t::getvar, "call,reporting"}},
      {"UserEvent", {&t::user_event, "user"}},
      {"PlayDTMF", {&t::play_dtmf, "call"}},
  };
  return all;
}

// -- events

bool ami_talk::may_read(std::string_view privilege) const {
  if (account_ == nullptr || !has_class(account_->read, privilege)) return false;
  if (same_word(mask_, "on") || same_word(mask_, "all")) return true;
  if (same_word(mask_, "off") || mask_.empty()) return false;
  return has_class(mask_, privilege);
}

bool ami_talk::filtered(std::string const& text) const {
  auto const any = [&](std::vector<std::string> const& filters) {
    return std::any_of(filters.begin(), filters.end(),
                       [&](auto const& f) { return text.find(f) != std::string::npos; });
  };
  if (!include_.empty() && !any(include_)) return true;
  return any(exclude_);
}

void ami_talk::hear(std::string const& privilege, ami_block const& event) {
  if (over_ || !may_read(privilege)) return;
  auto text = text_of(event);
  if (!filtered(text)) to_(std::move(text));
}

void ami_talk::events(request const& r) {
  auto const mask = r.get("EventMask");
  if (mask.empty()) return answer(r, false, "");
  mask_ = mask;
  ami_block block{{"Response", "Success"}};
  if (auto const id = r.get("ActionID"); !id.empty()) block.emplace_back("ActionID", id);
  block.emplace_back("Events", same_word(mask, "off") ? "Off" : "On");
  send(block);
}

void ami_talk::filter(request const& r) {
  auto filter = r.get("Filter");
  if (!same_word(r.get("Operation"), "Add") || filter.empty())
    return answer(r, false, "Filter could not be added");
  bool const out = filter[0] == '!';
  if (out) filter.erase(0, 1);
  // What is taken here is plain text; a regular expression's frame is taken off.
  for (auto const* mark : {"^", "$", ".*"})
    for (std::size_t at; (at = filter.find(mark)) != std::string::npos;)
      filter.erase(at, std::char_traits<char>::length(mark));
  (out ? exclude_ : include_).push_back(filter);
  answer(r, true, "Filter added");
}

// -- login

void ami_talk::challenge(request const& r) {
  if (!same_word(r.get("AuthType"), "MD5")) return answer(r, false, "Must specify AuthType");
  challenge_ = std::to_string(100'000'000 + front_.machine_.chance()() % 900'000'000);
  ami_block block{{"Response", "Success"}};
  if (auto const id = r.get("ActionID"); !id.empty()) block.emplace_back("ActionID", id);
  block.emplace_back("Challenge", challenge_);
  send(block);
}

void ami_talk::login(request const& r) {
  for (auto const& account : front_.accounts_) {
    if (account.user != r.get("Username")) continue;
    bool const right =
        same_word(r.get("AuthType"), "MD5")
            ? !challenge_.empty() && r.get("Key") == md5_hex(challenge_ + account.secret)
            : r.get("Secret") == account.secret;
    if (right) account_ = &account;
  }
  if (account_ == nullptr) {
    answer(r, false, "Authentication failed");
    over_ = true;
    return;
  }
  if (auto const mask = r.get("Events"); !mask.empty()) mask_ = mask;
  answer(r, true, "Authentication accepted");
  auto const& m = front_.machine_;
  auto const up = std::chrono::duration_cast<std::chrono::seconds>(m.now() - m.options().began);
  auto const uptime = std::to_string(up.count());
  hear("system", {{"Event", "FullyBooted"},
                  {"Privilege", "system,all"},
                  {"Uptime", uptime},
                  {"LastReload", uptime},
                  {"Status", "Fully Booted"}});
}

void ami_talk::logoff(request const& r) {
  ami_block block{{"Response", "Goodbye"}};
  if (auto const id = r.get("ActionID"); !id.empty()) block.emplace_back("ActionID", id);
  block.emplace_back("Message", "Thanks for all the fish.");
  send(block);
  over_ = true;
}

void ami_talk::ping(request const& r) {
  auto const since = front_.machine_.now().time_since_epoch().count();
  ami_block block{{"Response", "Success"}};
  if (auto const id = r.get("ActionID"); !id.empty()) block.emplace_back("ActionID", id);
  block.emplace_back("Ping", "Pong");
  block.emplace_back("Timestamp", fmt::format("{}.{:06}", since / 1'000'000, since % 1'000'000));
  send(block);
}

void ami_talk::list_commands(request const& r) {
  ami_block more;
  for (auto const& [name, one] : actions())
    more.emplace_back(name, fmt::format("(Priv: {})", one.needs.empty() ? "<none>" : one.needs));
  answer(r, true, "", std::move(more));
}

}  // namespace calluna::sim
