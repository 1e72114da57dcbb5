#include <calluna/calls/call_json.hpp>

#include <nlohmann/json.hpp>

#include <cstdint>
#include <string>
#include <string_view>
#include <type_traits>

namespace calluna::calls {
namespace {

using nlohmann::json;

// One list of fields for each type, for both directions. `f(key, field)`.

template <class Fields>
void fields(leg& l, Fields&& f) {
  f("channel", l.channel), f("name", l.name), f("endpoint", l.endpoint), f("user", l.user);
  f("number", l.number), f("exten", l.exten), f("stasis", l.stasis), f("role", l.role),
      f("end", l.end), f("outside", l.outside);
  f("talked", l.talked), f("transferred", l.transferred), f("asked_by", l.asked_by);
  f("asked_at", l.asked_at), f("began_at", l.began_at), f("rang_at", l.rang_at);
  f("answered_at", l.answered_at), f("held_at", l.held_at), f("ended_at", l.ended_at);
  f("cause", l.cause), f("asked_cause", l.asked_cause), f("cause_text", l.cause_text);
  f("dial_status", l.dial_status), f("parted_from", l.parted_from), f("digits", l.digits);
}

template <class Fields>
void fields(queue_episode& e, Fields&& f) {
  f("queue", e.queue), f("channel", e.channel), f("agent", e.agent), f("position", e.position);
  f("outcome", e.outcome), f("entered_at", e.entered_at), f("left_at", e.left_at);
}

template <class Fields>
void fields(transfer& t, Fields&& f) {
  f("attended", t.attended), f("by", t.by), f("to", t.to), f("reached", t.reached);
  f("transferee", t.transferee), f("at", t.at);
}

template <class Fields>
void fields(parking& p, Fields&& f) {
  f("by", p.by), f("lot", p.lot), f("space", p.space), f("taken_by", p.taken_by);
  f("channel", p.channel), f("outcome", p.outcome), f("at", p.at), f("ended_at", p.ended_at);
}

template <class Fields>
void fields(recording& r, Fields&& f) {
  f("name", r.name), f("channel", r.channel), f("started_at", r.started_at);
  f("stopped_at", r.stopped_at);
}

template <class Fields>
void fields(other_channel& o, Fields&& f) {
  f("channel", o.channel), f("name", o.name), f("ended", o.ended);
}

template <class Fields>
void fields(call& c, Fields&& f) {
  f("id", c.id), f("pbx", c.pbx), f("direction", c.direction), f("status", c.status);
  f("click", c.click), f("uncertain", c.uncertain), f("announced", c.announced),
      f("caller", c.caller);
  f("caller_name", c.caller_name), f("dialed", c.dialed), f("remote", c.remote);
  f("remote_e164", c.remote_e164), f("answered_by", c.answered_by), f("hung_up_by", c.hung_up_by);
  f("picked_up_by", c.picked_up_by), f("conference", c.conference), f("click_id", c.click_id),
      f("click_channels", c.click_channels);
  f("partner", c.partner), f("reference", c.reference), f("stasis", c.stasis), f("cause", c.cause);
  f("cause_text", c.cause_text), f("started_at", c.started_at), f("answered_at", c.answered_at);
  f("ended_at", c.ended_at), f("legs", c.legs), f("queues", c.queues);
  f("transfers", c.transfers), f("parkings", c.parkings), f("recordings", c.recordings);
  f("others", c.others), f("linkedids", c.linkedids), f("holds", c.holds), f("digits", c.digits);
  f("dropped_legs", c.dropped_legs), f("held_since", c.held_since);
  f("held_before", c.held_before);
}

template <class T>
constexpr bool is_list = false;
template <class T>
constexpr bool is_list<std::vector<T>> = true;

template <class T>
json written(T const& value);

struct writer {
  json& into;
  template <class T>
  void operator()(char const* key, T const& value) const {
    if (!(value == T{})) into[key] = written(value);
  }
  template <class T>
  void operator()(char const* key, std::vector<T> const& list) const {
    if (!list.empty()) into[key] = written(list);
  }
};

template <class T>
json written(T const& value) {
  if constexpr (std::is_same_v<T, moment>) {
    return value.time_since_epoch().count();
  } else if constexpr (std::is_same_v<T, span_of_time>) {
    return value.count();
  } else if constexpr (std::is_enum_v<T>) {
    return std::string(to_string(value));
  } else if constexpr (is_list<T>) {
    auto list = json::array();
    for (auto const& one : value) list.push_back(written(one));
    return list;
  } else if constexpr (std::is_class_v<T> && !std::is_same_v<T, std::string>) {
    auto object = json::object();
    // The list of fields is for both directions; writing changes nothing.
    fields(const_cast<T&>(value), writer{object});
    return object;
  } else {
    return value;
  }
}

/// False if the JSON value is of another type.
template <class T>
bool read(json const& j, T& value);

struct field_reader {
  json const& from;
  bool& good;
  template <class T>
  void operator()(char const* key, T& value) const {
    auto const found = from.find(key);
    if (found != from.end()) good = read(*found, value) && good;
  }
};

template <class Enum>
bool read_word(std::string_view word, Enum& value) {
  for (unsigned i = 0; i < 32; ++i) {
    auto const candidate = static_cast<Enum>(i);
    if (to_string(candidate) != word) continue;
    value = candidate;
    return true;
  }
  return false;
}

template <class T>
bool read(json const& j, T& value) {
  if constexpr (std::is_same_v<T, moment>) {
    if (!j.is_number_integer()) return false;
    value = moment(span_of_time(j.get<std::int64_t>()));
  } else if constexpr (std::is_same_v<T, span_of_time>) {
    if (!j.is_number_integer()) return false;
    value = span_of_time(j.get<std::int64_t>());
  } else if constexpr (std::is_enum_v<T>) {
    return j.is_string() && read_word(j.get_ref<std::string const&>(), value);
  } else if constexpr (is_list<T>) {
    if (!j.is_array()) return false;
    value.resize(j.size());
    bool good = true;
    for (std::size_t i = 0; i < j.size(); ++i) good = read(j[i], value[i]) && good;
    return good;
  } else if constexpr (std::is_same_v<T, std::string>) {
    if (!j.is_string()) return false;
    value = j.get<std::string>();
  } else if constexpr (std::is_same_v<T, bool>) {
    if (!j.is_boolean()) return false;
    value = j.get<bool>();
  } else if constexpr (std::is_integral_v<T>) {
    if (!j.is_number_integer()) return false;
    value = j.get<T>();
  } else {
    if (!j.is_object()) return false;
    bool good = true;
    fields(value, field_reader{j, good});
    return good;
  }
  return true;
}

}  // namespace

json to_json(call const& c) {
  return written(c);
}

result<call> call_from_json(json const& j) {
  call c;
  if (!read(j, c) || c.id.empty()) return fail(error_kind::invalid, "not a call as JSON");
  return c;
}

}  // namespace calluna::calls
