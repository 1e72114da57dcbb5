// AMI's actions that do something to a channel.
#include "ami_request.hpp"
#include "ari_arguments.hpp"

#include <fmt/format.h>

namespace calluna::sim {

channel* ami_talk::channel_of(request const& r, char const* header) {
  auto const name = r.get(header);
  auto& m = front_.machine_;
  auto* const c = m.find_named(name);
  return c != nullptr ? c : m.find(name);
}

void ami_talk::originate(request const& r) {
  auto const channel_asked = r.get("Channel");
  if (channel_asked.empty()) return answer(r, false, "Channel not specified");
  if (channel_asked.find('/') == std::string::npos) return answer(r, false, "Invalid channel");
  originate_request o;
  o.dial_string = channel_asked;
  o.id = r.get("ChannelId");
  o.context = r.get("Context");
  o.exten = r.get("Exten");
  o.priority = static_cast<int>(r.number("Priority", 1));
  o.application = r.get("Application");
  o.data = r.get("Data");
  o.callerid = read_callerid(r.get("CallerID"));
  o.sets_callerid = true;
  o.timeout = std::chrono::milliseconds(r.number("Timeout", 30'000));
  o.variables = r.variables();
  if (same_word(o.application, "System") || same_word(o.application, "TrySystem"))
    return answer(r, false, "Originate Access Forbidden: app or data blacklisted");
  auto const& known = dialplan::applications();
  if (!o.application.empty() && std::find(known.begin(), known.end(), o.application) == known.end())
    ++front_.unsupported_["Originate " + o.application];
  if (o.application.empty() && o.exten.empty())
    return answer(r, false, "Originate with 'Exten' requires 'Context' and 'Priority'");
  bool const async = same_word(r.get("Async"), "true") || same_word(r.get("Async"), "yes");
  auto tell = [front = &front_, asked = o, action = r.get("ActionID")](bool good, int reason,
                                                                       channel const* c) {
    ami_block block{{"Event", "OriginateResponse"}, {"Privilege", "call,all"}};
    if (!action.empty()) block.emplace_back("ActionID", action);
    block.emplace_back("Response", good ? "Success" : "Failure");
    block.emplace_back("Channel", good && c != nullptr ? c->name : asked.dial_string);
    if (asked.application.empty()) {
      block.emplace_back("Context", asked.context);
      block.emplace_back("Exten", asked.exten);
    } else {
      block.emplace_back("Application", asked.application);
      block.emplace_back("Data", asked.data);
    }
    block.emplace_back("Reason", std::to_string(reason));
    block.emplace_back("Uniqueid", c != nullptr ? c->id : "<unknown>");
    block.emplace_back("CallerIDNum", or_unknown(asked.callerid.number));
    block.emplace_back("CallerIDName", or_unknown(asked.callerid.name));
    front->tell("call", block);
  };
  if (async) {
    answer(r, true, "Originate successfully queued");
    auto o2 = o;
    o2.done = tell;
    front_.machine_.time().after(span(0), [front = &front_, o2 = std::move(o2), tell]() mutable {
      if (!front->machine_.originate(std::move(o2))) tell(false, 0, nullptr);
    });
    return;
  }
  o.done = [this, alive = alive_, r](bool good, int, channel const*) {
    if (*alive) answer(r, good, good ? "Originate successfully queued" : "Originate failed");
  };
  if (!front_.machine_.originate(std::move(o))) answer(r, false, "Originate failed");
}

void ami_talk::hangup(request const& r) {
  auto const name = r.get("Channel");
  auto& m = front_.machine_;
  auto const cause = static_cast<int>(r.number("Cause", 16));
  if (name.size() > 2 && name.front() == '/' && name.back() == '/') {
    auto const part = name.substr(1, name.size() - 2);
    list_begins(r, "Channels hung up will follow");
    std::vector<std::uint64_t> all;
    for (auto const& [serial, c] : m.channels())
      if (c->name.find(part[0] == '^' ? part.substr(1) : part) != std::string::npos)
        all.push_back(serial);
    for (auto const serial : all)
      if (auto* const c = m.alive(serial)) {
        ami_block block{{"Event", "ChannelHungup"}};
        if (auto const id = r.get("ActionID"); !id.empty()) block.emplace_back("ActionID", id);
        block.emplace_back("Channel", c->name);
        send(block);
        m.hang_up(*c, cause, c->bridge.empty());
      }
    return list_ends(r, "ChannelsHungupListComplete", all.size());
  }
  auto* const c = channel_of(r);
  if (c == nullptr) return answer(r, false, "No such channel");
  m.hang_up(*c, cause, c->bridge.empty());
  answer(r, true, "Channel Hungup");
}

void ami_talk::redirect(request const& r) {
  auto& m = front_.machine_;
  auto* const c = channel_of(r);
  if (c == nullptr) return answer(r, false, "Channel does not exist");
  if (machine::rings_for_somebody(*c)) return answer(r, false, "Redirect failed, channel not up.");
  auto const context = r.get("Context"), exten = r.get("Exten");
  auto const priority = static_cast<int>(r.number("Priority", 1));
  auto const extra_name = r.get("ExtraChannel");
  auto* const extra = extra_name.empty() ? nullptr : channel_of(r, "ExtraChannel");
  if (!extra_name.empty() && extra == nullptr)
    return answer(r, false, "ExtraChannel does not exist");
  if (extra != nullptr) {
    // Both leave the bridge they share, neither as one who hangs up.
    m.part(*c, *extra);
    m.redirect(*extra, r.get("ExtraContext").empty() ? context : r.get("ExtraContext"),
               r.get("ExtraExten").empty() ? exten : r.get("ExtraExten"),
               static_cast<int>(r.number("ExtraPriority", priority)));
  }
  m.redirect(*c, context, exten, priority);
  answer(r, true, extra != nullptr ? "Dual Redirect successful" : "Redirect successful");
}

void ami_talk::setvar(request const& r) {
  auto const name = r.get("Variable");
  if (name.empty()) return answer(r, false, "No variable specified");
  if (r.get("Channel").empty()) {
    front_.machine_.globals()[name] = r.get("Value");
    return answer(r, true, "Variable Set");
  }
  auto* const c = channel_of(r);
  if (c == nullptr) return answer(r, false, "No such channel");
  front_.machine_.set_variable(*c, name, r.get("Value"));
  answer(r, true, "Variable Set");
}

void ami_talk::getvar(request const& r) {
  auto const name = r.get("Variable");
  if (name.empty()) return answer(r, false, "No variable specified");
  std::string value;
  if (r.get("Channel").empty()) {
    value = front_.machine_.global(name).value_or("");
  } else {
    auto* const c = channel_of(r);
    if (c == nullptr) return answer(r, false, "No such channel");
    value = front_.machine_.variable(*c, name).value_or("");
  }
  answer(r, true, "", {{"Variable", name}, {"Value", value}});
}

void ami_talk::user_event(request const& r) {
  answer(r, true, "Event Sent");
  std::vector<std::pair<std::string, std::string>> fields;
  for (auto const& [key, value] : r.headers)
    if (!same_word(key, "Action") && !same_word(key, "UserEvent")) fields.emplace_back(key, value);
  front_.machine_.user_event(r.get("UserEvent"), std::move(fields));
}

void ami_talk::play_dtmf(request const& r) {
  auto* const c = channel_of(r);
  if (c == nullptr) return answer(r, false, "Channel not found");
  if (r.get("Digit").empty()) return answer(r, false, "No digit specified");
  front_.machine_.send_digits(*c, r.get("Digit"));
  answer(r, true, "DTMF successfully queued");
}

}  // namespace calluna::sim
