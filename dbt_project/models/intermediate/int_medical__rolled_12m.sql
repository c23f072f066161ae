with settlements as (
    select * from {{ ref('int_settlements__counted') }}
),

prefixes as (
    select * from {{ ref('serious_illness_prefix') }}
),

diagnoses as (
    select distinct settlements.diagnosis_code
    from settlements
    inner join prefixes on settlements.diagnosis_code like prefixes.diagnosis_prefix || '%'
),

final as (
    select
        settlements.person_key,
        max(settlements.birth_date) as birth_date,
        max(settlements.sex_code) as sex_code,
        max(settlements.settlement_date) as last_settlement_date,
        cast(count(*) as integer) as settlements_count,
        cast(sum(settlements.self_pay_yuan) as decimal(14, 2)) as self_pay_12m_yuan,
        cast(sum(settlements.medical_cost_yuan) as decimal(14, 2)) as medical_cost_12m_yuan,
        max(case when diagnoses.diagnosis_code is null then 0 else 1 end) = 1 as has_serious_illness
    from settlements
    left join diagnoses on settlements.diagnosis_code = diagnoses.diagnosis_code
    group by settlements.person_key
)

select * from final
