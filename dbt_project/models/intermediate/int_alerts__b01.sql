-- B01 Paid after death: dead before the 1st of the month, and a net-paid line of the person, or a net-paid household line
-- that covers the person, for that month.
with persons as (
    select person_key, death_date from {{ ref('int_persons__unified') }} where death_date is not null
),

programmes as (
    select * from {{ ref('programme') }}
),

payments as (
    select * from {{ ref('int_payments__netted') }}
),

covered as (
    select * from {{ ref('int_payments__covered') }}
),

entitlements as (
    select * from {{ ref('int_entitlements__recorded') }}
),

months as (
    select * from {{ ref('int_months__judged') }}
),

own_lines as (
    select
        payments.person_key,
        payments.benefit_month,
        payments.programme_code,
        payments.last_pay_date,
        payments.paid_yuan as amount_yuan
    from payments
    inner join persons on payments.person_key = persons.person_key
    inner join programmes on payments.programme_code = programmes.programme_code
    where payments.is_net_paid
        and not programmes.is_household_line
        and persons.death_date < payments.benefit_month
),

-- The person's share of a household line: by the register's covered members at the end of the month.
shares as (
    select
        covered.person_key,
        covered.benefit_month,
        covered.programme_code,
        covered.last_pay_date,
        {{ household_share('covered.paid_yuan', 'entitlements.covered_count') }} as amount_yuan
    from covered
    inner join persons on covered.person_key = persons.person_key
    inner join months on covered.benefit_month = months.benefit_month
    left join entitlements
        on covered.household_id_civil_affairs = entitlements.household_id_civil_affairs
        and covered.category_code = entitlements.category_code
        and covered.entitled_person_key = entitlements.entitled_person_key
        and entitlements.valid_from <= months.month_end_date
        and months.month_end_date < entitlements.valid_to
    where persons.death_date < covered.benefit_month
),

lines as (
    select * from own_lines
    union all
    select * from shares
),

final as (
    select
        'B01' as rule_id,
        lines.person_key,
        lines.benefit_month as evidence_month,
        '' as detail,
        'open' as alert_status_code,
        'R' as severity_code,
        max(lines.last_pay_date) as fired_date,
        cast(sum(lines.amount_yuan) as decimal(14, 2)) as amount_yuan,
        {{ json_of({
            'death_date': 'max(persons.death_date)',
            'first_programme_code': 'min(lines.programme_code)',
            'last_programme_code': 'max(lines.programme_code)',
            'programmes_count': 'count(distinct lines.programme_code)',
        }) }} as evidence_json
    from lines
    inner join persons on lines.person_key = persons.person_key
    group by lines.person_key, lines.benefit_month
)

select * from final
