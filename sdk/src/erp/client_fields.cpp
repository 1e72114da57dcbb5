#include "client_impl.hpp"
#include "json_text.hpp"

#include <calluna/erp/erp_error.hpp>

#include <fmt/format.h>
#include <fmt/ranges.h>

namespace calluna::erp {

using nlohmann::json;
using std::chrono::steady_clock;

namespace {

// An Odoo app that is installed meanwhile brings fields.
constexpr auto known_for = std::chrono::hours(1);

}  // namespace

void client::impl::when_fields(std::string const& name, time_point deadline,
                               unique_function<void(result<model_ptr>)> go_on) {
  auto const known = models_.find(name);
  if (known != models_.end() && steady_clock::now() - known->second->asked < known_for)
    return go_on(known->second);
  auto& waiting = for_fields_[name];
  waiting.push_back(std::move(go_on));
  if (waiting.size() > 1) return;
  call c{name, "fields_get", {}, {}, "[]"};
  c.named = json_text(
      {{"attributes", {"type", "string", "required", "readonly", "relation", "selection"}}});
  auto p = std::make_shared<pending>(on, std::move(c),
                                     [self = shared_from_this(), name](result<json> description) {
                                       self->fields_told(name, std::move(description));
                                     });
  p->deadline = deadline;
  p->quiet = true;
  enter(std::move(p));
}

void client::impl::fields_told(std::string const& name, result<json> description) {
  result<model_ptr> outcome;
  if (description) {
    auto m = std::make_shared<model>(
        model{model_fields(*description), std::move(*description), steady_clock::now()});
    models_[name] = m;
    outcome = std::move(m);
  } else {
    outcome = fail(description.error());
  }
  auto waiting = std::move(for_fields_[name]);
  for_fields_.erase(name);
  for (auto& go_on : waiting) go_on(outcome);
}

void client::impl::adapt(pending& p, model const& m) {
  auto named = parse_json(p.c.named);
  if (!named || !named->is_object()) return;
  std::vector<std::string> missing;
  if (auto const domain = named->find("domain"); domain != named->end())
    missing = m.fields.trim_domain(*domain);
  auto const wanted = named->find("fields");
  if (wanted != named->end() && wanted->is_array() && !wanted->empty()) {
    std::vector<std::string> names;
    for (auto const& one : *wanted)
      if (one.is_string()) names.push_back(one.get<std::string>());
    for (auto& name : m.fields.trim(names)) missing.push_back(std::move(name));
    if (names.empty()) names = {"id"};  // an empty list would mean all of them
    *wanted = names;
  }
  if (missing.empty()) return;
  p.c.named = json_text(*named);
  if (!p.quiet) tell_left_out(p.c.model, missing);
}

void client::impl::tell_left_out(std::string const& model_name,
                                 std::vector<std::string> const& missing) {
  std::vector<std::string> fresh;
  for (auto const& name : missing)
    if (left_out_.insert(model_name + '.' + name).second) fresh.push_back(name);
  if (!fresh.empty())
    log.info(fmt::format("{} has no {} here: left out of what is asked for", model_name,
                         fmt::join(fresh, ", ")));
}

}  // namespace calluna::erp
