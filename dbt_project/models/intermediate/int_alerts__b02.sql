-- B02 Cremated, death not cancelled: the police register still lists the person otherwise, and a benefit still runs.
with policy as (
    select * from {{ ref('int_policy__in_force') }}
),

months as (
    select * from {{ ref('int_months__judged') }}
),

cremations as (
    select * from {{ ref('stg_funeral__cremations') }} where has_person_key
),

persons as (
    select * from {{ ref('int_persons__unified') }}
),

spells as (
    select * from {{ ref('int_category_spells__recorded') }} where layer_code in ('DB', 'TK')
),

payments as (
    select * from {{ ref('int_payments__netted') }} where programme_code in ('0401', '0402', '0601') and is_net_paid
),

hints as (
    select * from {{ ref('int_quarantine__hinted') }} where feed_id = 'police__population'
),

cremated as (
    select
        cremations.person_key,
        min(cremations.cremation_date) as cremation_date
    from cremations
    cross join policy
    where cremations.cremation_date <= policy.as_of_date
    group by cremations.person_key
),

in_category as (
    select
        spells.person_key,
        max(spells.category_code) as category_code
    from spells
    cross join policy
    where spells.start_date <= policy.as_of_date and policy.as_of_date < spells.end_date
    group by spells.person_key
),

paid as (
    select
        payments.person_key,
        max(payments.programme_code) as programme_code,
        cast(sum(payments.paid_yuan) as decimal(14, 2)) as paid_yuan
    from payments
    inner join months on payments.benefit_month = months.benefit_month
    cross join policy
    where months.judged_rank <= policy.b02_lookback_months
    group by payments.person_key
),

hinted as (
    select distinct person_key from hints
),

final as (
    select
        'B02' as rule_id,
        cremated.person_key,
        cast(null as date) as evidence_month,
        '' as detail,
        case when hinted.person_key is null then 'open' else 'unknown' end as alert_status_code,
        'R' as severity_code,
        cremated.cremation_date as fired_date,
        paid.paid_yuan as amount_yuan,
        {{ json_of({
            'cremation_date': 'cremated.cremation_date',
            'person_status_code': 'persons.person_status_code',
            'category_code': 'in_category.category_code',
            'programme_code': 'paid.programme_code',
        }) }} as evidence_json
    from cremated
    inner join persons on cremated.person_key = persons.person_key
    left join in_category on cremated.person_key = in_category.person_key
    left join paid on cremated.person_key = paid.person_key
    left join hinted on cremated.person_key = hinted.person_key
    where (persons.person_status_code <> '3' or (persons.person_status_code is null and hinted.person_key is not null))
        and (in_category.person_key is not null or paid.person_key is not null)
)

select * from final
