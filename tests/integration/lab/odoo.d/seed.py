"""What the lab's Odoo knows; run once by `odoo shell`, which brings `env`. README.md tells what tests may rely on.

Nothing is left to chance: every run makes the same records, except for the keys and the times.
"""

import datetime
import os

env = env(  # noqa: F821 (odoo shell's)
    context=dict(env.context, tracking_disable=True, no_reset_password=True, mail_create_nosubscribe=True)  # noqa: F821
)
COMPANIES, CONTACTS, STEP = 200, 2000, 500


def ref(name):
    return env.ref(name)


# ---- settings -------------------------------------------------------------------------------------

env['ir.config_parameter'].set_param('iap.endpoint', 'http://127.0.0.1:9')
for code in ('de_DE', 'fr_FR', 'pl_PL'):
    env['res.lang']._activate_lang(code)
env.company.write({'name': 'Lab', 'country_id': ref('base.de').id})

# ---- users and their keys -------------------------------------------------------------------------


def user(login, groups, **values):
    made = env['res.users'].create({
        'name': login.capitalize(),
        'login': login,
        'password': login,
        'group_ids': [(6, 0, [ref(group).id for group in groups])],
        **values,
    })
    made.partner_id.ref = 'LAB-U-' + login
    return made


sales = ['base.group_user', 'base.group_partner_manager', 'sales_team.group_sale_salesman']
people = [user(login, sales) for login in ('anna', 'boris', 'chloe')]
for extension, person in zip(('101', '102', '103'), people):
    person.partner_id.phone = extension  # short: no number of a partner

# "All Documents" since a lead may belong to any salesperson, and a note wants write access to its
# record; it may neither delete partners or leads nor change users.
telephony = user('telephony', ['base.group_user', 'sales_team.group_sale_salesman_all_leads'])
nobody = user('nobody', ['base.group_portal'])


def key(of, name, expires=None):
    made = env['res.users.apikeys'].with_user(of).sudo()._generate('rpc', name, expires)
    with open(os.open('/lab/keys/' + name, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), 'w') as file:
        file.write(made + '\n')


now = datetime.datetime.now()
key(telephony, 'telephony', now + datetime.timedelta(days=90))
key(telephony, 'expired', now - datetime.timedelta(days=1))
key(nobody, 'nobody')
key(ref('base.user_admin'), 'admin')

# ---- numbers --------------------------------------------------------------------------------------

# Country: area code (or none), how many digits follow it, in which ways people write it. {a} area
# code, {n} the rest, {s} the rest in groups; + or 00 before the country's code, or its trunk prefix.
PLANS = {
    'DE': ('49', '30', '555', ['030 {n}', '+49 30 {n}', '+4930{n}', '0049 30 {n}', '+49 (0)30 {s}', '030/{s}']),
    'US': ('1', '415', '555', ['(415) 555-{m}', '+1 415-555-{m}', '415.555.{m}', '+1415{n}', '1 415 555 {m}']),
    'GB': ('44', '20', '7946', ['020 7946 {m}', '+44 20 7946 {m}', '+44 (0)20 7946 {m}', '(020) 7946 {m}', '+4420{n}']),
    'FR': ('33', '1', '4455', ['01 44 55 {p}', '+33 1 44 55 {p}', '01.44.55.{q}', '+331{n}', '0033 1 44 55 {p}']),
    'CH': ('41', '44', '555', ['044 555 {p}', '+41 44 555 {p}', '+41 (0)44 555 {p}', '0{a}555{m}', '+4144{n}']),
    'PL': ('48', '22', '555', ['22 555 {p}', '+48 22 555 {p}', '(22) 555-{p}', '+4822{n}', '0048 22 555 {p}']),
}
LANGS = {'DE': 'de_DE', 'CH': 'de_DE', 'FR': 'fr_FR', 'PL': 'pl_PL'}
COUNTRIES = {code: ref('base.uk' if code == 'GB' else 'base.' + code.lower()).id for code in PLANS}


def number(country, line, way):
    """E.164, and one of the country's ways to write it; `line` has four digits."""
    code, area, begin, ways = PLANS[country]
    last = f'{line:04d}'
    pair = (last[:2], last[2:])
    written = ways[way % len(ways)].format(
        a=area, n=begin + last, s=f'{begin} {last}', m=last, p=' '.join(pair), q='.'.join(pair)
    )
    return f'+{code}{area}{begin}{last}', written


def located(country):
    return {'country_id': COUNTRIES[country], 'lang': LANGS.get(country, 'en_US')}


def make_in_steps(model, rows):
    """Each step is a transaction, so its records share one write_date, as after any import."""
    made = env[model]
    for begin in range(0, len(rows), STEP):
        made |= env[model].create(rows[begin:begin + STEP])
        env.cr.commit()
    return made


# ---- companies and contacts -----------------------------------------------------------------------

tags = {name: env['res.partner.category'].create({'name': name}) for name in ('VIP', 'NOVIP', 'newsletter', 'Trade, EU')}
countries = list(PLANS)
rows = []
for i in range(COMPANIES):
    country = countries[i % len(countries)]
    e164, written = number(country, 1000 + i, i)
    rows.append({
        'ref': f'LAB-F{i:04d}', 'name': f'Company {i:04d} {country}', 'is_company': True, 'phone': written,
        'comment': e164, 'user_id': people[i % 3].id if i % 4 else False, **located(country),
    })
companies = make_in_steps('res.partner', rows)

first_names = ['Ada', 'Björn', 'Chloé', 'Łukasz', 'Eve', 'Fynn', 'Grace', 'Zoë', 'Ivan', 'Jürg']
last_names = ["O'Neil", 'Müller', 'Dubois', 'Kowalski', 'Smith', 'von Berg', 'Nowak']
# A contact takes its company's country, so the two go round together; the last two companies have nobody.
FAMILIES = COMPANIES - COMPANIES % len(countries)
rows = []
for i in range(CONTACTS):
    country = countries[i % len(countries)]
    e164, written = number(country, 2000 + i, i // len(countries))
    silent = i % 50 == 49
    held = [name for name, has in (('VIP', i % 20 == 0), ('NOVIP', i % 20 == 10), ('Trade, EU', i % 7 == 0)) if has]
    rows.append({
        'ref': f'LAB-C{i:05d}', 'name': f'{first_names[i % 10]} {last_names[i // 10 % 7]} {i:05d}',
        'parent_id': companies[i % FAMILIES].id if i % 4 else False,
        'phone': False if silent else written, 'comment': False if silent else e164,
        'category_id': [(6, 0, [tags[name].id for name in held])],
        'user_id': people[i % 3].id if i % 5 else False, **located(country),
    })
contacts = make_in_steps('res.partner', rows)

# ---- those a test asks for by name: one for each rule ----------------------------------------------


def partner(short, name, country, phone, tagged=(), **values):
    return env['res.partner'].create({
        'ref': 'LAB-S-' + short, 'name': name, 'phone': phone, **located(country),
        'category_id': [(6, 0, [tags[tag].id for tag in tagged])], **values,
    })


def company(short, name, country, phone, **values):
    return partner(short, name, country, phone, is_company=True, **values)


anna, boris, chloe = people
archer = company('ARCHER', 'Archer Ltd', 'US', False, user_id=anna.id)
partner('ANN', 'Ann Archer', 'US', '+1 415 555 0101', ['VIP'], parent_id=archer.id, user_id=anna.id)
baker = company('BAKER', 'Baker & Sons', 'US', False)
partner('BOB', 'Bob Baker', 'US', '(415) 555-0199', parent_id=baker.id, user_id=boris.id)
partner('CLEO', 'Cleo Carter', 'DE', '+49 30 5550000', ['NOVIP', 'newsletter'])

# Two persons of no company at one number.
partner('TWIN-1', 'Tina Twin', 'DE', '030 5550010')
partner('TWIN-2', 'Tom Twin', 'DE', '+49 30 5550010')
# A company and its child.
family = company('FAMILY', 'Family GmbH', 'DE', '+49 30 5550020', user_id=boris.id)
partner('CHILD', 'Carl Child', 'DE', '030 / 5550020', parent_id=family.id, user_id=chloe.id)
# Two of one company, which has another number itself.
office = company('OFFICE', 'Office AG', 'CH', '+41 44 555 00 30', user_id=chloe.id)
partner('DESK-1', 'Dora Desk', 'CH', '044 555 00 31', parent_id=office.id)
partner('DESK-2', 'Dan Desk', 'CH', '+41 44 555 00 31', parent_id=office.id)
# Two of different companies.
partner('RIVAL-1', 'Rita Rival', 'GB', '020 7946 0040', parent_id=company('RIVALS-1', 'Rivals One', 'GB', False).id)
partner('RIVAL-2', 'Rob Rival', 'GB', '+44 20 7946 0040', parent_id=company('RIVALS-2', 'Rivals Two', 'GB', False).id)
# Three, of which one is the child of another.
trio = company('TRIO', 'Trio SA', 'FR', '01 44 55 00 50')
partner('TRIO-CHILD', 'Theo Trio', 'FR', '+33 1 44 55 00 50', parent_id=trio.id)
partner('TRIO-OTHER', 'Otto Other', 'FR', '01.44.55.00.50')
# Not to be found any more.
partner('ARCHIVED', 'Arno Archived', 'PL', '+48 22 555 00 60', active=False)
# What is no number, and one that only means something with an extension.
partner('JUNK', 'Junk Number', 'DE', 'ask reception')
partner('EXTENSION', 'Ed Extension', 'US', '+1 415 555 0170 ext. 42')

# ---- opportunities --------------------------------------------------------------------------------

env['crm.lead'].create([
    {
        'name': f'Opportunity {i:02d}', 'type': 'opportunity', 'partner_id': contacts[i * 7].id,
        'user_id': people[i % 3].id, 'expected_revenue': 1000 * (i + 1),
    }
    for i in range(20)
])
env.cr.commit()
open('/lab/keys/done', 'w').close()
