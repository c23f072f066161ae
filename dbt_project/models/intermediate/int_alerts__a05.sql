-- A05 Severely disabled without nursing subsidy: a valid certificate of a severe grade, alive and registered, not in 特困, and
-- no net-paid 0402 in the latest judged months.
with policy as (
    select * from {{ ref('int_policy__in_force') }}
),

months as (
    select * from {{ ref('int_months__judged') }}
),

certificates as (
    select * from {{ ref('stg_disabled_federation__certificates') }}
),

persons as (
    select * from {{ ref('int_persons__unified') }}
),

spells as (
    select * from {{ ref('int_category_spells__recorded') }} where layer_code = 'TK'
),

payments as (
    select * from {{ ref('int_payments__netted') }} where programme_code = '0402' and is_net_paid
),

hints as (
    select * from {{ ref('int_quarantine__hinted') }}
),

judged_months as (
    select months.*
    from months
    cross join policy
    where months.judged_rank <= policy.a05_months
),

period as (
    select
        min(benefit_month) as first_month,
        max(benefit_month) as last_month,
        max(pay_due_date) as fired_date,
        count(*) as months_count
    from judged_months
),

-- The days on which the person must not be in 特困: the 1st of each month, and today.
checked_days as (
    select benefit_month as checked_date from judged_months
    union all
    select as_of_date from policy
),

in_hardship as (
    select distinct spells.person_key
    from spells
    inner join checked_days on spells.start_date <= checked_days.checked_date and checked_days.checked_date < spells.end_date
),

paid as (
    select distinct payments.person_key
    from payments
    inner join judged_months on payments.benefit_month = judged_months.benefit_month
),

police_hinted as (
    select distinct person_key from hints where feed_id = 'police__population'
),

certified as (
    select
        certificates.person_key,
        min(certificates.disability_grade_code) as disability_grade_code,
        min(certificates.issue_date) as issue_date
    from certificates
    cross join policy
    cross join period
    where certificates.certificate_status_code = '1'
        and cast(certificates.disability_grade_code as integer) <= policy.severe_grade_max
        and certificates.issue_date < period.first_month
        and (certificates.valid_to_date is null or certificates.valid_to_date >= policy.as_of_date)
    group by certificates.person_key
),

hinted as (
    select distinct hints.person_key
    from hints
    cross join period
    where hints.feed_id in ('police__population', 'health__deaths', 'funeral__cremations')
        or (hints.feed_id = 'civil_affairs__register' and hints.period_end_date >= {{ add_days('period.first_month', -1) }})
        or (
            hints.feed_id = 'finance__payments'
            and hints.benefit_month >= period.first_month
            and hints.benefit_month <= period.last_month
            and coalesce(hints.programme_code, '0402') = '0402'
        )
),

final as (
    select
        'A05' as rule_id,
        certified.person_key,
        cast(null as date) as evidence_month,
        '' as detail,
        case when hinted.person_key is null then 'open' else 'unknown' end as alert_status_code,
        'R' as severity_code,
        period.fired_date,
        cast(null as decimal(14, 2)) as amount_yuan,
        {{ json_of({
            'disability_grade_code': 'certified.disability_grade_code',
            'issue_date': 'certified.issue_date',
            'first_month': 'period.first_month',
            'last_month': 'period.last_month',
        }) }} as evidence_json
    from certified
    inner join persons on certified.person_key = persons.person_key
    cross join policy
    cross join period
    left join police_hinted on certified.person_key = police_hinted.person_key
    left join hinted on certified.person_key = hinted.person_key
    where period.months_count = policy.a05_months
        and policy.as_of_date < persons.left_date
        and (persons.person_status_code = '1' or (persons.person_status_code is null and police_hinted.person_key is not null))
        and certified.person_key not in (select person_key from in_hardship)
        and certified.person_key not in (select person_key from paid)
)

select * from final
