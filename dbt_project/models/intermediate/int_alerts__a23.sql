-- A23 Registered, not paid: entitled on the 1st of a judged month to more than 0, and no net-paid line for the month.
with policy as (
    select * from {{ ref('int_policy__in_force') }}
),

months as (
    select * from {{ ref('int_months__judged') }}
),

persons as (
    select * from {{ ref('int_persons__unified') }}
),

spells as (
    select * from {{ ref('int_category_spells__recorded') }} where layer_code in ('DB', 'TK')
),

entitlements as (
    select * from {{ ref('int_entitlements__recorded') }}
),

payments as (
    select * from {{ ref('int_payments__netted') }} where programme_code = '0201' and is_net_paid
),

covered as (
    select * from {{ ref('int_payments__covered') }}
),

quarantined as (
    select * from {{ ref('stg_lake__quarantined_rows') }} where feed_id = 'civil_affairs__register'
),

hints as (
    select * from {{ ref('int_quarantine__hinted') }} where feed_id = 'finance__payments'
),

judged_months as (
    select months.*
    from months
    cross join policy
    where months.judged_rank <= policy.a23_lookback_months
),

entitled as (
    select
        spells.person_key,
        spells.household_id_civil_affairs,
        spells.category_code,
        spells.layer_code,
        case when spells.category_code = 'DB' then '' else spells.person_key end as entitled_person_key,
        spells.start_date,
        judged_months.benefit_month,
        judged_months.month_end_date,
        judged_months.pay_due_date
    from spells
    inner join judged_months
        on spells.start_date < judged_months.benefit_month
        and judged_months.benefit_month < spells.end_date
    inner join persons on spells.person_key = persons.person_key
    where (spells.is_covered or spells.layer_code = 'TK')
        and judged_months.benefit_month < persons.left_date
),

unpaid as (
    select entitled.*
    from entitled
    left join payments
        on entitled.person_key = payments.person_key and entitled.benefit_month = payments.benefit_month
    left join covered
        on entitled.person_key = covered.person_key and entitled.benefit_month = covered.benefit_month
    where case when entitled.layer_code = 'TK' then payments.person_key is null else covered.person_key is null end
),

-- The register's amount as it stood at the end of the month.
valued as (
    select
        unpaid.*,
        entitlements.household_amount_yuan,
        entitlements.covered_count
    from unpaid
    left join entitlements
        on unpaid.household_id_civil_affairs = entitlements.household_id_civil_affairs
        and unpaid.category_code = entitlements.category_code
        and unpaid.entitled_person_key = entitlements.entitled_person_key
        and entitlements.valid_from <= unpaid.month_end_date
        and unpaid.month_end_date < entitlements.valid_to
),

missing as (
    select * from valued where household_amount_yuan > 0 or layer_code = 'TK'
),

hinted_payments as (
    select distinct members.household_id_civil_affairs, hints.benefit_month
    from hints
    inner join spells as members on hints.person_key = members.person_key
),

quarantined_households as (
    select distinct missing.household_id_civil_affairs, missing.benefit_month
    from missing
    inner join quarantined
        on missing.household_id_civil_affairs = quarantined.household_id_civil_affairs
        and quarantined.period_end_date >= {{ add_days('missing.benefit_month', -1) }}
),

final as (
    select
        'A23' as rule_id,
        missing.person_key,
        missing.benefit_month as evidence_month,
        '' as detail,
        case
            when max(hinted_payments.benefit_month) is null and max(quarantined_households.benefit_month) is null then 'open'
            else 'unknown'
        end as alert_status_code,
        'R' as severity_code,
        max(missing.pay_due_date) as fired_date,
        sum({{ household_share('missing.household_amount_yuan', 'missing.covered_count') }}) as amount_yuan,
        {{ json_of({
            'category_code': 'max(missing.category_code)',
            'start_date': 'max(missing.start_date)',
            'household_amount_yuan': 'max(missing.household_amount_yuan)',
            'pay_due_date': 'max(missing.pay_due_date)',
        }) }} as evidence_json
    from missing
    left join hinted_payments
        on missing.household_id_civil_affairs = hinted_payments.household_id_civil_affairs
        and missing.benefit_month = hinted_payments.benefit_month
    left join quarantined_households
        on missing.household_id_civil_affairs = quarantined_households.household_id_civil_affairs
        and missing.benefit_month = quarantined_households.benefit_month
    group by missing.person_key, missing.benefit_month
)

select * from final
