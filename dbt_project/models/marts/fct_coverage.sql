with policy as (
    select * from {{ ref('int_policy__in_force') }}
),

months as (
    select * from {{ ref('int_months__judged') }} where is_judged
),

persons as (
    select * from {{ ref('dim_person') }}
),

certificates as (
    select * from {{ ref('stg_disabled_federation__certificates') }} where certificate_status_code = '1'
),

spells as (
    select * from {{ ref('int_category_spells__recorded') }}
),

payments as (
    select * from {{ ref('int_payments__netted') }} where is_net_paid and programme_code in ('0401', '0402')
),

-- Certificates as the newest list shows them: a cancelled one is missing from the months in which it still held.
certified as (
    select
        certificates.person_key,
        months.benefit_month,
        min(cast(certificates.disability_grade_code as integer)) as disability_grade
    from certificates
    inner join months
        on certificates.issue_date < months.benefit_month
        and (certificates.valid_to_date is null or certificates.valid_to_date >= months.benefit_month)
    group by certificates.person_key, months.benefit_month
),

alive as (
    select
        certified.*,
        persons.town_code,
        persons.is_in_police_register and persons.registered_from_date <= certified.benefit_month as is_registered
    from certified
    inner join persons on certified.person_key = persons.person_key
    where certified.benefit_month < persons.left_date
),

situations as (
    select
        alive.person_key,
        alive.benefit_month,
        max(case when spells.layer_code = 'TK' then 1 else 0 end) as in_hardship,
        max(case when spells.layer_code = 'DB' and spells.is_covered then 1 else 0 end) as in_allowance,
        max(case when spells.category_code = 'OR' then 1 else 0 end) as is_orphan
    from alive
    inner join spells
        on alive.person_key = spells.person_key
        and spells.start_date <= alive.benefit_month
        and alive.benefit_month < spells.end_date
    group by alive.person_key, alive.benefit_month
),

eligible as (
    select alive.person_key, alive.benefit_month, alive.town_code, 'nursing_coverage' as metric_id, '0402' as programme_code
    from alive
    cross join policy
    left join situations on alive.person_key = situations.person_key and alive.benefit_month = situations.benefit_month
    where alive.disability_grade <= policy.severe_grade_max
        and alive.is_registered
        and coalesce(situations.in_hardship, 0) = 0
    union all
    select alive.person_key, alive.benefit_month, alive.town_code, 'living_coverage', '0401'
    from alive
    inner join situations on alive.person_key = situations.person_key and alive.benefit_month = situations.benefit_month
    where situations.in_allowance = 1 and situations.in_hardship = 0 and situations.is_orphan = 0
),

final as (
    select
        eligible.benefit_month,
        eligible.town_code,
        eligible.metric_id,
        cast(count(payments.person_key) as integer) as numerator_count,
        cast(count(*) as integer) as denominator_count
    from eligible
    left join payments
        on eligible.person_key = payments.person_key
        and eligible.benefit_month = payments.benefit_month
        and eligible.programme_code = payments.programme_code
    group by eligible.benefit_month, eligible.town_code, eligible.metric_id
)

select * from final
